//! The reports of the provider that a [`MemoryStore`](super::MemoryStore)
//! remembers.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::store::{
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, UserIdHash},
    provider_logout::{LogoutTarget, ProviderLogout, RememberedToken, UserChange, UserLogoutScope},
    rows::{NewSession, WriteOutcome},
};

/// Reports that were carried out, and the sessions that they refuse.
#[derive(Debug, Default)]
pub(super) struct Reports {
    /// Until when each is remembered.
    seen: BTreeMap<LogoutTokenIdHash, OffsetDateTime>,
    provider_sessions: Vec<(ProviderSessionIdHash, OffsetDateTime)>,
    users: Vec<UserLogout>,
    changes: Vec<ClaimsChange>,
}

/// A change of what the claims of a user say.
#[derive(Debug)]
struct ClaimsChange {
    user: UserIdHash,
    reported_at: OffsetDateTime,
    forget_at: OffsetDateTime,
}

/// A logout of a user.
#[derive(Debug)]
struct UserLogout {
    user: UserIdHash,
    scope: UserLogoutScope,
    /// Refuses sessions whose ID token was issued at this time or before.
    issued_at: OffsetDateTime,
    forget_at: OffsetDateTime,
}

impl Reports {
    pub(super) fn forget_old(&mut self, now: OffsetDateTime) {
        self.seen.retain(|_, forget_at| *forget_at > now);
        self.provider_sessions
            .retain(|(_, forget_at)| *forget_at > now);
        self.users.retain(|logout| logout.forget_at > now);
        self.changes.retain(|change| change.forget_at > now);
    }

    /// Remembers a report, unless it is remembered already.
    pub(super) fn remember(
        &mut self,
        token: &RememberedToken,
        now: OffsetDateTime,
    ) -> WriteOutcome {
        if self.seen.contains_key(&token.key) {
            return WriteOutcome::NotApplied;
        }
        self.seen.insert(token.key, now + token.keep_for);
        WriteOutcome::Applied
    }

    pub(super) fn forget(&mut self, key: &LogoutTokenIdHash) {
        self.seen.remove(key);
    }

    /// Remembers which sessions a logout refuses.
    pub(super) fn log_out(&mut self, logout: &ProviderLogout, now: OffsetDateTime) {
        let forget_at = now + logout.token.keep_for;
        if let Some(key) = logout.of.provider_session() {
            self.provider_sessions.push((key, forget_at));
        }
        if let Some(user) = logout.of.user() {
            self.users.push(UserLogout {
                user,
                scope: logout.of.user_scope(),
                issued_at: logout.issued_at,
                forget_at,
            });
        }
    }

    /// Returns whether a logout ended the session before it began.
    pub(super) fn refuse(&self, session: &NewSession) -> bool {
        let provider_session = session.provider_session;
        self.provider_sessions
            .iter()
            .any(|(key, _)| provider_session == Some(*key))
            || self.users.iter().any(|logout| {
                logout.user == session.user
                    && logout.issued_at >= session.issued_at
                    && (logout.scope == UserLogoutScope::All || provider_session.is_none())
            })
    }

    /// Remembers a change of claims, for sessions that are about to begin.
    pub(super) fn change(&mut self, change: &UserChange, now: OffsetDateTime) {
        self.changes
            .extend(change.users.iter().map(|user| ClaimsChange {
                user: *user,
                reported_at: now,
                forget_at: now + change.token.keep_for,
            }));
    }

    /// Returns whether a change was reported since the claims of a session were
    /// asked for.
    pub(super) fn have_changed(&self, session: &NewSession) -> bool {
        self.changes.iter().any(|change| {
            change.user == session.user && change.reported_at >= session.claims_asked_at
        })
    }

    pub(super) fn reinstate(&mut self, users: &[UserIdHash], at: OffsetDateTime) {
        self.users
            .retain(|logout| !users.contains(&logout.user) || logout.issued_at > at);
    }
}

/// Returns whether a logout ends a session.
pub(super) fn ends(
    logout: &ProviderLogout,
    user: UserIdHash,
    provider_session: Option<ProviderSessionIdHash>,
    issued_at: OffsetDateTime,
) -> bool {
    let is_before = issued_at <= logout.issued_at;
    match logout.of {
        LogoutTarget::ProviderSession(key) => provider_session == Some(key),
        LogoutTarget::ProviderSessionOfUser(key, of) => match provider_session {
            Some(begun_in) => begun_in == key,
            None => user == of && is_before,
        },
        LogoutTarget::User(of) => user == of && is_before,
    }
}
