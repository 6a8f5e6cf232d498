//! Variables that look like settings, and that nothing reads: most are misspelt.

use std::{cell::RefCell, collections::BTreeSet, fmt};

use crate::config::builder::ConfigBuilder;

/// A variable that begins like a setting of this library and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownVariable {
    /// Its name.
    pub name: String,
    /// The setting with the most similar name, if one is similar.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no setting, and has no effect", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// Returns those of the variables that begin with `AUTH_` or `NEXTAUTH_` and
/// that [`ConfigBuilder::from_vars`] does not read.
///
/// ```
/// let unknown = auth_core::unknown_variables(["PATH", "AUTH_URL", "AUTH_LOGTO_ISUER"]);
/// assert_eq!(
///     unknown[0].to_string(),
///     "AUTH_LOGTO_ISUER is no setting, and has no effect; did you mean AUTH_LOGTO_ISSUER?",
/// );
/// assert_eq!(unknown.len(), 1);
/// ```
pub fn unknown_variables<N: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
) -> Vec<UnknownVariable> {
    let known = known();
    let mut unknown: Vec<_> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .filter(|name| name.starts_with("AUTH_") || name.starts_with("NEXTAUTH_"))
        .filter(|name| !known.contains(name))
        .map(|name| UnknownVariable {
            nearest: nearest(&name, &known),
            name,
        })
        .collect();
    unknown.sort_by(|one, other| one.name.cmp(&other.name));
    unknown.dedup();
    unknown
}

/// Returns the names that [`ConfigBuilder::from_vars`] asks for.
fn known() -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    drop(ConfigBuilder::from_vars(|name| {
        names.borrow_mut().insert(name.to_owned());
        // The method that needs further variables.
        (name == "AUTH_LOGTO_AUTH_METHOD").then(|| "private_key_jwt".to_owned())
    }));
    let mut names = names.into_inner();
    for name in ["AUTH_LOGTO_PRIVATE_KEY", "AUTH_LOGTO_PRIVATE_KEY_ID"] {
        names.insert(name.to_owned());
    }
    names
}

fn nearest(name: &str, known: &BTreeSet<String>) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .min()
        .filter(|&(distance, _)| distance <= 3)
        .map(|(_, candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_named_with_the_right_one() {
        for (name, right) in [
            ("AUTH_LOGTO_SECERT", Some("AUTH_LOGTO_SECRET")),
            ("AUTH_LOGTO_ISSUER_", Some("AUTH_LOGTO_ISSUER")),
            ("AUTH_SESION_IDLE", Some("AUTH_SESSION_IDLE")),
            ("AUTH_SECRETS", Some("AUTH_SECRET")),
            ("NEXTAUTH_SECRT", Some("NEXTAUTH_SECRET")),
            ("AUTH_SECRET_FLE", Some("AUTH_SECRET_FILE")),
            ("AUTH_GITHUB_CLIENT_ID", None),
        ] {
            let unknown = unknown_variables([name]);
            assert_eq!(unknown[0].name, name);
            assert_eq!(unknown[0].nearest.as_deref(), right, "{name}");
        }
    }

    #[test]
    fn settings_and_variables_of_others_are_not_named() {
        let known = known();
        assert!(known.len() > 20, "{known:?}");
        assert_eq!(unknown_variables(&known), []);
        assert_eq!(unknown_variables(["PATH", "AUTHOR", "OAUTH_X", ""]), []);
        for needed in ["AUTH_LOGTO_PRIVATE_KEY_FILE", "AUTH_LOGTO_PRIVATE_KEY_ALG"] {
            assert!(known.contains(needed), "{known:?}");
        }
    }
}
