use auth_leptos::{SignedIn, SignedOut};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{DeviceItem, SignInButton, SignOutOfButton},
    page_data::{Devices, page_data},
};

/// On which devices the user is signed in, and signing out of them.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    view! {
        <Title text="Sessions" />
        <h1>"Sessions"</h1>
        <SignedIn>
            <OwnDevices />
        </SignedIn>
        <SignedOut>
            <section class="hero">
                <p>
                    "Sign in to see on which devices you are signed in. You will come back to this page."
                </p>
                <SignInButton redirect_to=Some("/sessions".to_owned()) />
            </section>
        </SignedOut>
    }
}

#[component]
fn OwnDevices() -> impl IntoView {
    page_data().map(|Devices(devices)| {
        let has_others = devices.iter().any(|device| !device.is_current);
        view! {
            <p class="lead">
                "You are signed in on these devices. If there is one that you do not know, sign out of it."
            </p>
            // Safari forgets that a list without bullets is one, unless it has the role.
            <ul class="devices" role="list">
                {devices
                    .iter()
                    .cloned()
                    .zip(1..)
                    .map(|(device, number)| {
                        view! { <DeviceItem device number count=devices.len() /> }
                    })
                    .collect_view()}
            </ul>
            <div class="actions">
                {has_others
                    .then(|| {
                        view! {
                            <SignOutOfButton which=crate::OTHERS label="Sign out of all others" />
                        }
                    })}
                <SignOutOfButton which=crate::EVERYWHERE label="Sign out everywhere" />
            </div>
        }
    })
}
