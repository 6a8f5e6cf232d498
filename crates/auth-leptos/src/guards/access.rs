//! Whether the user of a page may see it, by the session that the page knows.

use std::fmt;

use crate::SessionState;

/// What a user needs to see a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    SignedIn,
    Role(String),
    OrganizationRole {
        organization: String,
        role: String,
    },
    /// An organization without a role: a mistake, so nobody gets in.
    Never,
}

/// Whether a user may see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The session is not known yet.
    Unknown,
    SignedOut,
    Forbidden,
    Allowed,
}

impl Condition {
    pub(crate) fn new(organization: Option<String>, role: Option<String>) -> Self {
        match (organization, role) {
            (None, None) => Self::SignedIn,
            (None, Some(role)) => Self::Role(role),
            (Some(organization), Some(role)) => Self::OrganizationRole { organization, role },
            (Some(_), None) => Self::Never,
        }
    }

    pub(crate) fn access(&self, state: &SessionState) -> Access {
        let is_met = match self {
            _ if state.is_loading() => return Access::Unknown,
            _ if !state.is_authenticated() => return Access::SignedOut,
            Self::SignedIn => true,
            Self::Role(role) => state.has_role(role),
            Self::OrganizationRole { organization, role } => {
                state.has_organization_role(organization, role)
            }
            Self::Never => false,
        };
        if is_met {
            Access::Allowed
        } else {
            Access::Forbidden
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedIn => f.write_str("a session"),
            Self::Role(role) => write!(f, "the role {role}"),
            Self::OrganizationRole { organization, role } => {
                write!(f, "the role {role} in the organization {organization}")
            }
            Self::Never => f.write_str(
                "a role, which is missing: `<Protected>` has `organization` without `role`",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use auth_types::{PublicSession, User};

    use super::*;

    #[test]
    fn a_condition_is_never_met_without_a_known_session() {
        let session = PublicSession::new(User::new("foo123"), "2030-01-01T00:00:00Z")
            .with_roles(vec!["admin".to_owned()])
            .with_organization_roles(vec!["o1:member".to_owned()]);
        let signed_in = SessionState::Authenticated(session);
        let text = |text: &str| Some(text.to_owned());
        for (organization, role, expected) in [
            (None, None, Access::Allowed),
            (None, text("admin"), Access::Allowed),
            (None, text("member"), Access::Forbidden),
            (text("o1"), text("member"), Access::Allowed),
            (text("o1"), text("admin"), Access::Forbidden),
            (text("o2"), text("member"), Access::Forbidden),
            (text("o1"), None, Access::Forbidden),
        ] {
            let condition = Condition::new(organization, role);
            assert_eq!(condition.access(&signed_in), expected, "{condition:?}");
            let access = condition.access(&SessionState::Unauthenticated);
            assert_eq!(access, Access::SignedOut, "{condition:?}");
            let access = condition.access(&SessionState::Loading);
            assert_eq!(access, Access::Unknown, "{condition:?}");
        }
    }
}
