//! A provider whose certificate comes from a private certificate authority.

use std::{env, fs, sync::Arc};

use auth_core::{Auth, Config, ConfigBuilder, MemoryStore};
use auth_testkit::TestProvider;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// A TLS server in front of a provider, and the authority of its certificate.
struct Front {
    issuer: String,
    authority: String,
}

impl Front {
    async fn start(provider: &TestProvider) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let behind = provider.issuer();
        let (host, path) = behind
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .unwrap();
        let (host, front) = (host.to_owned(), origin.clone());
        let issuer = format!("{origin}/{path}");
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let Ok(mut connection) = acceptor.accept(connection).await else {
                    continue;
                };
                let answer = forward(&mut connection, &host, &front).await;
                drop(connection.write_all(&answer).await);
                drop(connection.shutdown().await);
            }
        });
        Self {
            issuer,
            authority: authority.pem(),
        }
    }

    fn settings(&self) -> ConfigBuilder {
        Config::builder()
            .issuer(&self.issuer)
            .client_id("id")
            .client_secret("secret")
            .secret("0123456789012345678901234567890123456789")
            .base_url("https://app.test")
    }
}

/// Sends a request on, and returns the answer with the front's address in it.
async fn forward(connection: &mut (impl AsyncRead + Unpin), host: &str, front: &str) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    let mut behind = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    behind.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    behind.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = body.replace(&format!("http://{host}"), front);
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn warm_up(settings: ConfigBuilder) -> Result<(), String> {
    let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
    auth.warm_up().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_given() {
    let provider = TestProvider::start().await;
    let front = Front::start(&provider).await;
    let refused = warm_up(front.settings()).await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    let other = Front::start(&provider).await;
    let refused = warm_up(front.settings().certificate_authorities(other.authority))
        .await
        .unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    warm_up(
        front
            .settings()
            .certificate_authorities(front.authority.as_str()),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn the_file_of_authorities_is_read_and_its_problems_are_named() {
    let provider = TestProvider::start().await;
    let front = Front::start(&provider).await;
    let folder = env::temp_dir().join(format!("auth-authorities-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let read = |content: Option<&[u8]>| {
        let path = folder.join("ca.pem");
        drop(fs::remove_file(&path));
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        ConfigBuilder::from_vars(|name| match name {
            "AUTH_LOGTO_ISSUER" => Some(front.issuer.clone()),
            "AUTH_LOGTO_ID" | "AUTH_LOGTO_SECRET" => Some("value".to_owned()),
            "AUTH_SECRET" => Some("0123456789012345678901234567890123456789".to_owned()),
            "AUTH_URL" => Some("https://app.test".to_owned()),
            "AUTH_LOGTO_CA_FILE" => Some(path.display().to_string()),
            _ => None,
        })
    };
    warm_up(read(Some(front.authority.as_bytes())))
        .await
        .unwrap();
    for (content, problem) in [
        (None, "cannot be read"),
        (Some("".as_bytes()), "holds no certificate"),
        (Some("a key".as_bytes()), "holds no certificate"),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".as_bytes()),
            "holds a certificate that cannot be read",
        ),
        (
            Some("-----BEGIN CERTIFICATE-----\n@@@\n-----END CERTIFICATE-----\n".as_bytes()),
            "holds a block that is no certificate",
        ),
    ] {
        let error = read(content).build().unwrap_err().to_string();
        assert!(error.contains("AUTH_LOGTO_CA_FILE"), "{error}");
        assert!(error.contains(problem), "{error}");
    }
    fs::remove_dir_all(folder).unwrap();
}
