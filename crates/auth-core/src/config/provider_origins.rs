//! Where the browser is sent to at the provider.

use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

/// The origins that the provider's pages have. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct ProviderOrigins(Arc<RwLock<Arc<[String]>>>);

impl ProviderOrigins {
    /// Before the discovery document was read, only the issuer's origin is known.
    pub(crate) fn of_issuer(issuer: &Url) -> Self {
        Self(Arc::new(RwLock::new(distinct([issuer]))))
    }

    pub(crate) fn get(&self) -> Arc<[String]> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the origins, unless they are the same: what is built from them is
    /// kept as long as they are the same object.
    pub(crate) fn set<'a>(&self, pages: impl IntoIterator<Item = &'a Url>) {
        let origins = distinct(pages);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if *known != origins {
            *known = origins;
        }
    }
}

fn distinct<'a>(pages: impl IntoIterator<Item = &'a Url>) -> Arc<[String]> {
    let mut origins = Vec::new();
    for page in pages {
        let origin = page.origin().ascii_serialization();
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins.into()
}
