//! Requests one URL over a fixed number of kept-alive connections.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

pub(crate) const CONNECTIONS: usize = 16;

#[derive(Clone)]
pub(crate) struct Load {
    authority: String,
    path: String,
    cookie: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p99: Duration,
}

impl Measured {
    /// Returns the round with the median throughput.
    pub(crate) fn median(mut rounds: Vec<Self>) -> Self {
        rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        rounds.swap_remove(rounds.len() / 2)
    }
}

impl Load {
    pub(crate) fn new(origin: &str, path: &str, cookie: Option<&str>) -> Self {
        Self {
            authority: origin.trim_start_matches("http://").to_owned(),
            path: path.to_owned(),
            cookie: cookie.map(str::to_owned),
        }
    }

    async fn connect(&self) -> SendRequest<Empty<Bytes>> {
        let stream = TcpStream::connect(&self.authority).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    async fn get(&self, sender: &mut SendRequest<Empty<Bytes>>) -> Bytes {
        let mut request = Request::get(&self.path)
            .header("host", &self.authority)
            .header("accept", "text/html");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        // The end of the former answer may have been read before hyper knows of it.
        sender.ready().await.unwrap();
        let response = sender
            .send_request(request.body(Empty::new()).unwrap())
            .await
            .unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        response.into_body().collect().await.unwrap().to_bytes()
    }

    pub(crate) async fn body(&self) -> Bytes {
        let mut sender = self.connect().await;
        self.get(&mut sender).await
    }

    pub(crate) async fn run(&self, duration: Duration) -> Measured {
        let began = Instant::now();
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let load = self.clone();
            connections.spawn(async move {
                let mut latencies = Histogram::<u64>::new(3).unwrap();
                let mut sender = load.connect().await;
                while began.elapsed() < duration {
                    let sent = Instant::now();
                    load.get(&mut sender).await;
                    let micros = u64::try_from(sent.elapsed().as_micros()).unwrap();
                    latencies.record(micros).unwrap();
                }
                latencies
            });
        }
        let mut all = Histogram::<u64>::new(3).unwrap();
        while let Some(latencies) = connections.join_next().await {
            all.add(latencies.unwrap()).unwrap();
        }
        Measured {
            per_second: all.len() as f64 / began.elapsed().as_secs_f64(),
            p99: Duration::from_micros(all.value_at_quantile(0.99)),
        }
    }
}

pub(crate) async fn body(origin: &str, path: &str, cookie: Option<&str>) -> Bytes {
    Load::new(origin, path, cookie).body().await
}
