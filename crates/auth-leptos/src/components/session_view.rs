//! A view that depends on the session: the base of the components that show their
//! children to some users only.

#[cfg(feature = "ssr")]
use leptos::{either::EitherOf3, prelude::*};

#[cfg(feature = "ssr")]
use super::texts;
use crate::SessionState;

/// What a session view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Children,
    /// The sentence of a user who has to sign in, with a button below it.
    SignInAgain,
    /// The sentence of a user who may not see the content.
    Forbidden,
}

/// Decides what to show. It is asked again when the session changes.
pub(super) type Choose = Box<dyn FnMut(&SessionState) -> Shown + Send + Sync>;

/// Builds a view whose content follows the session.
///
/// It builds the content again for another user, and removes the former content
/// from the page: Leptos reuses the elements of a view that it replaces by one of
/// the same type, with what the former user typed into them.
#[cfg(feature = "ssr")]
pub(super) fn session_view<C>(mut choose: Choose, children: TypedChildrenFn<C>) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    let session = super::use_session();
    let children = children.into_inner();
    // A list ends with a marker, where the browser puts the content later.
    move || match session.with(&mut choose) {
        Shown::Nothing => Vec::new(),
        Shown::Children => vec![EitherOf3::A(children())],
        Shown::SignInAgain => {
            let button = super::buttons::plain_sign_in();
            vec![EitherOf3::B(sentence(texts::SIGN_IN_AGAIN, Some(button)))]
        }
        Shown::Forbidden => vec![EitherOf3::C(sentence(texts::FORBIDDEN, None::<()>))],
    }
}

/// One element for both, as in the browser.
#[cfg(feature = "ssr")]
fn sentence(sentence: texts::Text, button: Option<impl IntoView>) -> impl IntoView {
    let ([sentence], lang) = texts::say([sentence]);
    view! {
        <div>
            <p role="alert" lang=lang>{sentence}</p>
            {button}
        </div>
    }
}

#[cfg(not(feature = "ssr"))]
pub(super) use self::in_browser::session_view;

#[cfg(not(feature = "ssr"))]
mod in_browser {
    use std::{cell::OnceCell, rc::Rc, sync::Arc};

    use leptos::{
        attr::{
            Attribute,
            any_attribute::{AnyAttribute, AnyAttributeState, IntoAnyAttribute as _},
        },
        error::{get_error_hook, set_error_hook},
        prelude::*,
        tachys::{
            hydration::Cursor,
            renderer::{
                Rndr,
                types::{Element, Node, Placeholder},
            },
            view::{Position, PositionState},
        },
    };

    use super::{Choose, Shown};
    use crate::components::{
        buttons,
        element::{Content as In, FixedElement},
        session_provider::page_session,
        texts::{FORBIDDEN, SIGN_IN_AGAIN},
    };

    pub(in crate::components) fn session_view<C>(
        choose: Choose,
        children: TypedChildrenFn<C>,
    ) -> SessionView
    where
        C: IntoView + 'static,
    {
        let children = children.into_inner();
        SessionView {
            choose,
            children: Arc::new(move |place| match place {
                Some((cursor, position)) => Box::new(children().hydrate::<true>(cursor, position)),
                None => Box::new(children().build()),
            }),
            attributes: Vec::new(),
        }
    }

    /// Where the HTML of a view begins, if the server has sent it.
    type Place<'a> = Option<(&'a Cursor, &'a PositionState)>;

    type Mounted = Box<dyn Mountable>;

    /// It has no type parameter, and contains no `AnyView`: each type of a view, and
    /// each view that becomes an `AnyView`, adds more than a kilobyte to the WASM.
    pub(in crate::components) struct SessionView {
        choose: Choose,
        children: Arc<dyn Fn(Place<'_>) -> Mounted + Send + Sync>,
        /// What the application adds to each element of the content.
        attributes: Vec<AnyAttribute>,
    }

    impl SessionView {
        fn start(self, place: Place<'_>) -> SessionViewState {
            let Self {
                mut choose,
                children,
                attributes,
            } = self;
            let session = page_session();
            let owner = Owner::current().unwrap_or_default();
            let hook = get_error_hook();
            let marker = Rc::new(OnceCell::<Placeholder>::new());
            let mut hydrated = place.map(|(cursor, position)| (cursor.clone(), position.clone()));
            let content = RenderEffect::new({
                let marker = Rc::clone(&marker);
                move |former: Option<Content>| {
                    let (shown, user) = session.with(|session| {
                        let user = session.user().map(|user| user.id.clone());
                        (choose(session), user)
                    });
                    if let Some(mut former) = former {
                        if former.shown == shown && former.user == user {
                            return former;
                        }
                        if let Some(view) = &mut former.view {
                            view.unmount();
                        }
                    }
                    let hook = hook.clone().map(set_error_hook);
                    // Not the owner of this effect: it ends when the effect runs again.
                    let owner = owner.child();
                    let place = hydrated.take();
                    let place = place.as_ref().map(|(cursor, position)| (cursor, position));
                    let mut view: Option<Mounted> = owner.with(|| match shown {
                        Shown::Nothing => None,
                        Shown::Children => Some(children(place)),
                        Shown::SignInAgain => {
                            let button = buttons::plain_sign_in();
                            Some(sentence(SIGN_IN_AGAIN, Some(button), place))
                        }
                        Shown::Forbidden => Some(sentence(FORBIDDEN, None, place)),
                    });
                    drop(hook);
                    let elements = view
                        .as_ref()
                        .map(|view| view.elements())
                        .unwrap_or_default();
                    let attributes = attributes.iter().flat_map(|attribute| {
                        elements.iter().map(|element| match place {
                            Some(_) => attribute.clone().hydrate::<true>(element),
                            None => attribute.clone().build(element),
                        })
                    });
                    let attributes = attributes.collect();
                    if let (Some(marker), Some(view)) = (marker.get(), &mut view) {
                        marker.insert_before_this(&mut **view);
                    }
                    Content {
                        shown,
                        user,
                        view,
                        _attributes: attributes,
                        _owner: owner,
                    }
                }
            });
            let after = match place {
                Some((cursor, position)) => {
                    let found = cursor.next_placeholder(position);
                    position.set(Position::NextChild);
                    found
                }
                None => Rndr::create_placeholder(),
            };
            SessionViewState {
                content,
                marker: marker.get_or_init(|| after).clone(),
            }
        }
    }

    fn sentence(sentence: &'static str, button: Option<FixedElement>, place: Place<'_>) -> Mounted {
        let mut parts = vec![FixedElement::new("p", In::Text(sentence)).with("role", "alert")];
        parts.extend(button);
        Box::new(FixedElement::new("div", In::Elements(parts)).start(place))
    }

    /// What is shown now. Its view ends before its owner.
    struct Content {
        shown: Shown,
        /// The id of the user that it is shown to.
        user: Option<String>,
        view: Option<Mounted>,
        _attributes: Vec<AnyAttributeState>,
        _owner: Owner,
    }

    pub(in crate::components) struct SessionViewState {
        content: RenderEffect<Content>,
        /// Stands behind the content.
        marker: Placeholder,
    }

    impl SessionViewState {
        fn with_view<T>(&self, call: impl FnOnce(&mut Mounted) -> T) -> Option<T> {
            let result = self
                .content
                .with_value_mut(|content| content.view.as_mut().map(call));
            result.flatten()
        }
    }

    impl Mountable for SessionViewState {
        fn unmount(&mut self) {
            self.with_view(|view| view.unmount());
            self.marker.unmount();
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            self.with_view(|view| view.mount(parent, marker));
            self.marker.mount(parent, marker);
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            self.with_view(|view| view.insert_before_this(child)) == Some(true)
                || self.marker.insert_before_this(child)
        }

        fn elements(&self) -> Vec<Element> {
            self.with_view(|view| view.elements()).unwrap_or_default()
        }
    }

    impl Render for SessionView {
        type State = SessionViewState;

        fn build(self) -> Self::State {
            self.start(None)
        }

        fn rebuild(self, state: &mut Self::State) {
            let former = std::mem::replace(state, self.build());
            replace(former, state);
        }
    }

    fn replace(mut former: SessionViewState, state: &mut SessionViewState) {
        former.insert_before_this(state);
        former.unmount();
    }

    impl AddAnyAttr for SessionView {
        type Output<SomeNewAttr: Attribute> = Self;

        fn add_any_attr<NewAttr: Attribute>(mut self, attr: NewAttr) -> Self {
            self.attributes
                .push(attr.into_cloneable_owned().into_any_attr());
            self
        }
    }

    impl RenderHtml for SessionView {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        fn to_html_with_buf(
            self,
            _: &mut String,
            _: &mut Position,
            _: bool,
            _: bool,
            _: Vec<AnyAttribute>,
        ) {
        }

        fn hydrate<const FROM_SERVER: bool>(
            self,
            cursor: &Cursor,
            position: &PositionState,
        ) -> Self::State {
            self.start(Some((cursor, position)))
        }

        fn into_owned(self) -> Self {
            self
        }
    }
}
