//! A table of the example's own, beside the sessions in the same database: a row for
//! each user, written at every sign-in.

use std::{io, path, time::Duration};

use auth_core::{
    AllowSignIn, AuthEvent, Hooks, SignInDecision, StoreError, UserEvent, UserEventKind,
    VerifiedSignIn,
};
use auth_sqlx::DatabaseUrl;
use serde::{Deserialize, Serialize};
use sqlx::{AnyPool, any::AnyPoolOptions};
use time::OffsetDateTime;
use tokio::time::timeout;
use url::Url;

/// SQLite and PostgreSQL take the same statements. A table that a release adds
/// needs no record of migrations.
const CREATE: &str = "create table if not exists users (
    sub text primary key,
    sign_ins bigint not null,
    first_signed_in_at bigint not null
)";
const UPSERT: &str = "insert into users (sub, sign_ins, first_signed_in_at) values ($1, 1, $2)
    on conflict (sub) do update set sign_ins = users.sign_ins + 1
    returning sign_ins";
const SELECT: &str = "select sign_ins, first_signed_in_at from users where sub = $1";
const DELETE: &str = "delete from users where sub = $1";

/// How long an operation may take: less than a hook.
const TIME_LIMIT: Duration = Duration::from_secs(4);
/// A connection to an SQLite file that was moved away writes to that file. So none
/// is kept for long.
const MAX_LIFETIME: Duration = Duration::from_secs(5);

/// The table `users`. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Users(AnyPool);

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserRow {
    /// How often the user has signed in.
    pub(crate) sign_ins: i64,
    pub(crate) first_signed_in_at: OffsetDateTime,
}

/// What each session of the example contains: the hook stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// Which of the user's sign-ins began the session.
    pub(crate) number: i64,
}

impl Users {
    /// Opens the database of the sessions, which exists, and creates the table.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be reached, or the table cannot be created.
    pub async fn open(database: &DatabaseUrl) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(TIME_LIMIT)
            .max_lifetime(MAX_LIFETIME)
            .connect_lazy(&connection_url(database)?)?;
        // Of two servers that start at once, PostgreSQL lets one fail.
        if sqlx::query(CREATE).execute(&pool).await.is_err() {
            sqlx::query(CREATE).execute(&pool).await?;
        }
        Ok(Self(pool))
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.0.close().await;
    }

    /// Returns what the example does at sign-in and when a user is deleted at Logto.
    pub fn hooks(&self) -> Hooks {
        let (at_sign_in, at_event) = (self.clone(), self.clone());
        Hooks::new()
            .on_sign_in(move |sign_in| {
                let users = at_sign_in.clone();
                async move { Ok(in_time(users.sign_in(&sign_in)).await?) }
            })
            .on_event(move |event| {
                let users = at_event.clone();
                async move {
                    if let AuthEvent::Reported(report) = event {
                        in_time(users.follow(&report)).await?;
                    }
                    Ok(())
                }
            })
            .public_session(|public, _, data| match data.get::<Visit>() {
                Some(visit) => public.with_data("visit", visit.number.to_string()),
                None => public,
            })
    }

    async fn sign_in(&self, sign_in: &VerifiedSignIn) -> Result<SignInDecision, sqlx::Error> {
        let (number,): (i64,) = sqlx::query_as(UPSERT)
            .bind(sign_in.sub())
            .bind(OffsetDateTime::now_utc().unix_timestamp())
            .fetch_one(&self.0)
            .await?;
        Ok(AllowSignIn::new().data(&Visit { number }).into())
    }

    async fn follow(&self, report: &UserEvent) -> Result<(), sqlx::Error> {
        if report.kind == UserEventKind::Deleted {
            for sub in &report.subs {
                sqlx::query(DELETE).bind(sub).execute(&self.0).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn find(&self, sub: &str) -> Result<Option<UserRow>, StoreError> {
        let row = sqlx::query_as(SELECT).bind(sub).fetch_optional(&self.0);
        let row: Option<(i64, i64)> = in_time(row).await?;
        Ok(row.map(|(sign_ins, first)| UserRow {
            sign_ins,
            first_signed_in_at: OffsetDateTime::from_unix_timestamp(first)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }))
    }
}

/// Fails if the database does not answer in time. The user then reads that it is
/// temporary.
async fn in_time<T>(
    operation: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match timeout(TIME_LIMIT, operation).await {
        Ok(done) => done.map_err(StoreError::new),
        Err(_) => Err(StoreError::new("the table users does not answer in time")),
    }
}

/// Returns the URL for sqlx. It does not create an SQLite file: the store of the
/// sessions has done so.
fn connection_url(database: &DatabaseUrl) -> Result<String, sqlx::Error> {
    match database {
        DatabaseUrl::Sqlite(path) => {
            let path = path::absolute(path)?;
            let url = Url::from_file_path(&path)
                .map_err(|()| io::Error::other(format!("{} is no file", path.display())))?;
            Ok(format!("sqlite:{}?mode=rw", url.path()))
        }
        DatabaseUrl::Postgres(url) => Ok(url.expose().to_owned()),
        other => Err(io::Error::other(format!("unknown database: {other:?}")).into()),
    }
}
