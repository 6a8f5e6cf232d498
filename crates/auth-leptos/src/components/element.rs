//! The elements of this crate's own components in the browser.
//!
//! The server writes them with `view!`. In the browser each element of `view!` is a
//! type of its own, whose code adds to the WASM.

use leptos::{
    attr::{
        Attribute,
        any_attribute::{AnyAttribute, AnyAttributeState, IntoAnyAttribute as _},
    },
    prelude::*,
    tachys::{
        hydration::Cursor,
        renderer::{
            CastFrom as _, Rndr,
            types::{Element, Node},
        },
        view::{Position, PositionState, any_view::AnyViewState},
    },
};

/// An element whose attributes and text never change.
pub(super) struct FixedElement {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Content,
    /// What the application adds.
    more_attributes: Vec<AnyAttribute>,
}

pub(super) enum Content {
    /// The element is empty, or the browser leaves alone what is in it.
    Nothing,
    Text(&'static str),
    Elements(Vec<FixedElement>),
    View(AnyView),
}

impl FixedElement {
    pub(super) fn new(name: &'static str, content: Content) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            content,
            more_attributes: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Builds the element, or finds it in the HTML of the server.
    pub(super) fn start(self, place: Option<(&Cursor, &PositionState)>) -> ElementState {
        let element = match place {
            Some((cursor, position)) => found(self.name, cursor, position),
            None => built(self.name, &self.attributes),
        };
        let mut views = Vec::new();
        match self.content {
            Content::Nothing => {}
            Content::Text(text) => {
                if place.is_none() {
                    Rndr::insert_node(&element, &Rndr::create_text_node(text), None);
                }
            }
            Content::Elements(elements) => {
                for inner in elements {
                    let mut inner = inner.start(place);
                    if place.is_none() {
                        inner.mount(&element, None);
                    }
                    views.append(&mut inner.views);
                }
            }
            Content::View(view) => views.push(match place {
                Some((cursor, position)) => view.hydrate::<true>(cursor, position),
                None => {
                    let mut view = view.build();
                    view.mount(&element, None);
                    view
                }
            }),
        }
        if let Some((cursor, position)) = place {
            cursor.set(element.clone().into());
            position.set(Position::NextChild);
        }
        let attributes = self.more_attributes.into_iter().map(|more| match place {
            Some(_) => more.hydrate::<true>(&element),
            None => more.build(&element),
        });
        ElementState {
            _attributes: attributes.collect(),
            element,
            views,
        }
    }
}

fn found(name: &str, cursor: &Cursor, position: &PositionState) -> Element {
    match position.get() {
        Position::FirstChild => cursor.child(),
        Position::Current => {}
        _ => cursor.sibling(),
    }
    position.set(Position::FirstChild);
    Element::cast_from(cursor.current()).unwrap_or_else(|| built(name, &[]))
}

fn built(name: &str, attributes: &[(&str, String)]) -> Element {
    let element = Rndr::create_element(name, None);
    for (name, value) in attributes {
        Rndr::set_attribute(&element, name, value);
    }
    element
}

pub(super) struct ElementState {
    element: Element,
    /// The application's own views inside of the element.
    views: Vec<AnyViewState>,
    _attributes: Vec<AnyAttributeState>,
}

impl Mountable for ElementState {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.element.elements()
    }
}

impl Render for FixedElement {
    type State = ElementState;

    fn build(self) -> ElementState {
        self.start(None)
    }

    fn rebuild(self, state: &mut ElementState) {
        let mut former = std::mem::replace(state, self.start(None));
        former.insert_before_this(state);
        former.unmount();
    }
}

impl AddAnyAttr for FixedElement {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(mut self, attr: NewAttr) -> Self {
        let attr = attr.into_cloneable_owned().into_any_attr();
        self.more_attributes.push(attr);
        self
    }
}

impl RenderHtml for FixedElement {
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
    ) -> ElementState {
        self.start(Some((cursor, position)))
    }

    fn into_owned(self) -> Self {
        self
    }
}
