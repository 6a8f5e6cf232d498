//! What every operation works with: configuration, keys, store, clock, and the
//! connection to the provider.

use std::{
    ops::Deref,
    sync::{Arc, Weak},
};

use time::OffsetDateTime;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use crate::{
    clock::Clock,
    config::Config,
    error::AuthError,
    hooks::{Hooks, queue::EventQueue},
    provider::{ProviderCache, http::ProviderHttp, outage::OutageBreaker},
    redirect::RedirectTo,
    sealing::{
        Keyring,
        id_hasher::{IdHashKey, IdHasher},
    },
    store::{SessionStore, clock::StoreClock, error::StoreError},
};

/// What every operation works with. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Shared>);

/// The contents of a [`Context`], which derefs to them.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) keyring: Keyring,
    /// Loaded from the store on first use: [`Context::id_hasher`].
    id_hasher: OnceCell<IdHasher>,
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store_clock: StoreClock,
    pub(crate) http: ProviderHttp,
    pub(crate) provider: Arc<ProviderCache>,
    /// Keeps refreshes from a provider that is down.
    pub(crate) outage: OutageBreaker,
    /// Code of the application.
    pub(crate) hooks: Hooks,
    /// Tells the application of what happens.
    pub(crate) events: EventQueue,
    /// Work that continues when no request waits for it.
    pub(crate) tasks: TaskTracker,
}

/// A [`Context`] that does not keep the store open.
#[derive(Clone, Debug)]
pub(crate) struct WeakContext(Weak<Shared>);

impl WeakContext {
    pub(crate) fn upgrade(&self) -> Option<Context> {
        self.0.upgrade().map(Context)
    }
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Context {
    /// Fails if TLS cannot be set up.
    pub(crate) fn new(
        config: Config,
        store: Arc<dyn SessionStore>,
        clock: Arc<dyn Clock>,
        hooks: Hooks,
    ) -> Result<Self, AuthError> {
        let http = ProviderHttp::new(
            &config.certificate_authorities,
            config.internal_address.clone(),
        )?;
        let tasks = TaskTracker::new();
        Ok(Self(Arc::new(Shared {
            keyring: Keyring::new(&config.secrets),
            id_hasher: OnceCell::new(),
            provider: Arc::new(
                ProviderCache::new(
                    config.credentials.issuer.clone(),
                    http.clone(),
                    Arc::clone(&clock),
                )
                .telling(config.provider_origins.clone()),
            ),
            outage: OutageBreaker::default(),
            store,
            clock,
            store_clock: StoreClock::new(),
            http,
            config,
            events: hooks.events(&tasks),
            hooks,
            tasks,
        })))
    }

    pub(crate) fn downgrade(&self) -> WeakContext {
        WeakContext(Arc::downgrade(&self.0))
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Returns the time of the store's clock, by which all servers say how old
    /// claims and tokens are. It reads nothing.
    pub(crate) fn store_now(&self) -> OffsetDateTime {
        self.store_clock.at(self.now())
    }

    /// Reads the time of the store's clock.
    pub(crate) async fn read_store_clock(&self) -> Result<OffsetDateTime, StoreError> {
        let before = self.now();
        let time = self.store.now().await?;
        self.store_clock.observe(time, before, self.now());
        Ok(time)
    }

    /// Returns the page that a caller asks for if it is a page of the
    /// application, and the home page otherwise. All redirects of sign-in and
    /// sign-out pass here.
    pub(crate) fn redirect_target(&self, target: Option<&str>) -> RedirectTo {
        target
            .and_then(|target| RedirectTo::parse(target, self.config.base_url()))
            .unwrap_or_else(RedirectTo::home)
    }

    /// Returns the hasher of the ids that the store's rows are found by. The
    /// first call loads its key from the store.
    pub(crate) async fn id_hasher(&self) -> Result<&IdHasher, AuthError> {
        self.id_hasher
            .get_or_try_init(|| async {
                let key = load_hash_key(&*self.store, &self.keyring).await?;
                Ok(IdHasher::new(self.config.issuer(), key))
            })
            .await
    }

    /// Replaces the stored hash keys by one that is sealed with the newest
    /// secret.
    pub(crate) async fn reseal_hash_key(&self) -> Result<(), AuthError> {
        let sealed = self.id_hasher().await?.key().seal(&self.keyring)?;
        let newest = self.keyring.newest();
        Ok(self.store.replace_id_hash_keys(newest, &sealed).await?)
    }
}

/// Loads the hash key of the store; creates one if there is none that a
/// configured secret opens.
///
/// Servers that know a new secret and servers that do not know it yet have to
/// agree on one key. So the first stored key that opens is used, and a new key
/// is stored under the oldest secret first.
async fn load_hash_key(
    store: &dyn SessionStore,
    keyring: &Keyring,
) -> Result<IdHashKey, AuthError> {
    let newest = keyring.newest();
    let stored = store.id_hash_keys().await?;
    let key = match IdHashKey::open_first(&stored, keyring) {
        Some(key) => key,
        None => {
            if !stored.is_empty() {
                tracing::warn!(
                    "AUTH_SECRET is not the secret with which the sessions in the database were \
                     made: their users are signed out. To keep them signed in, set the former \
                     secret again, as AUTH_SECRET or as one of AUTH_SECRET_1 to AUTH_SECRET_3"
                );
            }
            let oldest = keyring.oldest();
            let sealed = IdHashKey::generate()?.seal_with(oldest, keyring)?;
            store.insert_id_hash_key(oldest, &sealed).await?;
            // Another server may have stored its key first.
            IdHashKey::open_first(&store.id_hash_keys().await?, keyring)
                .ok_or(AuthError::Sealing)?
        }
    };
    if stored.iter().all(|(id, _)| *id != newest) {
        let sealed = key.seal_with(newest, keyring)?;
        store.insert_id_hash_key(newest, &sealed).await?;
    }
    Ok(key)
}
