//! Invented sequences of what two browsers do, compared with what must be true: a
//! callback signs in the browser that began the sign-in, once, with its own code.

use auth_core::{Auth, SignOutOptions};
use auth_testkit::{CookieJar, TestProvider, auth, param, steps};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};
use url::{Url, form_urlencoded};

/// Fewer than a browser keeps at the same time.
const MAX_SIGN_INS: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Begin(usize),
    /// A callback of a sign-in, in a browser, changed.
    Callback(Index, usize, Change),
    SignOut(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    None,
    OtherCode,
    NoIssuer,
    OtherIssuer,
    NoState,
    /// The code of another sign-in, if there is one.
    CodeOfAnother,
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![
        4 => Just(Change::None),
        1 => Just(Change::OtherCode),
        1 => Just(Change::NoIssuer),
        1 => Just(Change::OtherIssuer),
        1 => Just(Change::NoState),
        2 => Just(Change::CodeOfAnother),
    ];
    prop_oneof![
        3 => (0..2_usize).prop_map(Step::Begin),
        6 => (any::<Index>(), 0..2_usize, change)
            .prop_map(|(which, browser, change)| Step::Callback(which, browser, change)),
        1 => (0..2_usize).prop_map(Step::SignOut),
    ]
}

/// A sign-in that was begun.
struct Begun {
    browser: usize,
    user: String,
    state: String,
    code: String,
    /// No callback has ended it.
    is_open: bool,
    /// The provider has seen its code.
    is_code_used: bool,
}

#[derive(Default)]
struct World {
    browsers: [CookieJar; 2],
    /// Who must be signed in.
    users: [Option<String>; 2],
    begun: Vec<Begun>,
}

impl World {
    async fn begin(&mut self, auth: &Auth, provider: &TestProvider, browser: usize) {
        if self.begun.len() == MAX_SIGN_INS {
            return;
        }
        let address = steps::begin(auth, &mut self.browsers[browser], "/").await;
        let user = format!("user-{}", self.begun.len());
        let query = provider.authorize_as(&address, &user);
        let answer = Url::parse(&format!("http://localhost/?{query}")).unwrap();
        self.begun.push(Begun {
            browser,
            user,
            state: param(&answer, "state").unwrap(),
            code: param(&answer, "code").unwrap(),
            is_open: true,
            is_code_used: false,
        });
    }

    async fn callback(
        &mut self,
        auth: &Auth,
        issuer: &str,
        which: usize,
        browser: usize,
        change: Change,
    ) {
        let from = match change {
            Change::CodeOfAnother => (which + 1) % self.begun.len(),
            _ => which,
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(
            "code",
            match change {
                Change::OtherCode => "another",
                _ => &self.begun[from].code,
            },
        );
        if change != Change::NoState {
            query.append_pair("state", &self.begun[which].state);
        }
        match change {
            Change::NoIssuer => {}
            Change::OtherIssuer => {
                query.append_pair("iss", "https://evil.test");
            }
            _ => {
                query.append_pair("iss", issuer);
            }
        }
        let query = query.finish();
        let completed = steps::complete(auth, &mut self.browsers[browser], &query).await;

        let begun = &self.begun[which];
        let is_its_own = begun.is_open && begun.browser == browser && change != Change::NoState;
        let is_exchanged = is_its_own && !matches!(change, Change::NoIssuer | Change::OtherIssuer);
        let is_right =
            is_exchanged && change != Change::OtherCode && from == which && !begun.is_code_used;
        assert_eq!(completed.is_ok(), is_right, "{change:?}: {completed:?}");
        if is_right {
            self.users[browser] = Some(begun.user.clone());
        }
        if is_its_own {
            self.begun[which].is_open = false;
        }
        if is_exchanged && change != Change::OtherCode {
            self.begun[from].is_code_used = true;
        }
    }
}

async fn run(all: &[Step]) {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let issuer = provider.issuer();
    let mut world = World::default();
    for step in all {
        match step {
            Step::Begin(browser) => world.begin(&auth, &provider, *browser).await,
            Step::Callback(..) if world.begun.is_empty() => {}
            Step::Callback(which, browser, change) => {
                let which = which.index(world.begun.len());
                world
                    .callback(&auth, &issuer, which, *browser, *change)
                    .await;
            }
            Step::SignOut(browser) => {
                let options = SignOutOptions::new();
                let jar = &mut world.browsers[*browser];
                let started = auth.sign_out(&options, &jar.cookies()).await.unwrap();
                jar.store(&started.cookies);
                world.users[*browser] = None;
            }
        }
        for (jar, user) in world.browsers.iter().zip(&world.users) {
            assert_eq!(steps::user(&auth, jar).await, *user);
        }
    }
}

#[test]
fn only_the_right_callback_signs_in_and_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(60));
    let tested = runner.run(&vec(step(), 1..16), |all| {
        runtime.block_on(run(&all));
        Ok(())
    });
    tested.unwrap();
}
