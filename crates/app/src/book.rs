//! The code of the book, as documentation tests. It is here because packages of
//! the libraries do not contain these files.
//!
//! `server/tests/book` checks that no page with Rust code is missing here. The
//! code of README.md is a program that `auth-leptos/tests/readme` runs.

macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../../", $path))]
            struct $name;
        )*
    };
}

pages! {
    Guide: "docs/src/guide.md",
    GuideInThai: "docs/src/th/guide.md",
    OwnApp: "docs/src/tutorial/own-app.md",
    ApiResources: "docs/src/how-to/api-resources.md",
    Claims: "docs/src/how-to/claims.md",
    Hooks: "docs/src/how-to/hooks.md",
    Languages: "docs/src/how-to/languages.md",
    Organizations: "docs/src/how-to/organizations.md",
    ProtectApi: "docs/src/how-to/protect-api.md",
    Roles: "docs/src/how-to/roles.md",
    Settings: "docs/src/how-to/settings.md",
    SignInOptions: "docs/src/how-to/sign-in-options.md",
    SignOut: "docs/src/how-to/sign-out.md",
    Testing: "docs/src/how-to/testing.md",
    Webhooks: "docs/src/how-to/webhooks.md",
}
