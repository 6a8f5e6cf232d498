//! The document around every page.

use std::sync::OnceLock;

use leptos::{
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    nonce::{Nonce, use_nonce},
    prelude::*,
    tachys::html::InertElement,
};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;

/// The HTML document of a page.
pub fn shell(options: &LeptosOptions) -> impl IntoView + use<> {
    let assets = Assets::of(options);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="An example of sign-in with Logto in a Leptos app." />
                <MetaTags />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {InertElement::new(&assets.style)}
            </head>
            // Not in the head: `leptos_meta` searches it for its end, in every response.
            <body>
                {assets.scripts()}
                <App />
            </body>
        </html>
    }
}

/// A placeholder for the nonce in HTML that is rendered once.
const NONCE: &str = "{nonce}";

/// When Leptos loads the WASM of a page with islands: a browser that is busy may never
/// be idle, and the page would not learn of its session's end.
const WHEN_IDLE: &str = "requestIdleCallback(c)";
const SOON: &str = "requestIdleCallback(c,{timeout:2000})";

/// The tags of style sheet, script and WASM, and the script that reloads the page
/// during development. They are rendered once and differ between responses only in
/// the nonce: each time Leptos renders them, it reads the hashed file names from
/// disk, which takes longer than the rest of the page.
struct Assets {
    style: String,
    /// Split where the nonce belongs.
    scripts: Vec<String>,
}

impl Assets {
    fn of(options: &LeptosOptions) -> &'static Self {
        static ASSETS: OnceLock<Assets> = OnceLock::new();

        ASSETS.get_or_init(|| {
            Owner::new().with(|| {
                provide_context(Nonce::from_value(NONCE));
                let scripts = view! {
                    <AutoReload options=options.clone() />
                    <HydrationScripts options=options.clone() islands=true />
                }
                .to_html();
                // The scripts are indented as in Leptos's source. No string in them
                // spans lines.
                let lines: Vec<&str> = scripts.lines().map(str::trim_start).collect();
                let scripts = lines.join("\n").replace(WHEN_IDLE, SOON);
                Self {
                    style: view! { <HashedStylesheet options=options.clone() /> }.to_html(),
                    scripts: scripts.split(NONCE).map(str::to_owned).collect(),
                }
            })
        })
    }

    fn scripts(&self) -> impl IntoView + use<> {
        // `HydrationScripts` does the same: nothing outside islands is hydrated.
        if let Some(context) = Owner::current_shared_context() {
            context.set_is_hydrating(false);
        }
        let nonce = use_nonce();
        let nonce = nonce.as_ref().map_or("", |nonce| nonce.as_inner());
        InertElement::new(self.scripts.join(nonce))
    }
}
