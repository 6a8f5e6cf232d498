use leptos::prelude::*;

/// A form field with its label.
#[component]
pub(crate) fn Field(
    /// The field's name in the form.
    name: &'static str,
    /// The label's text.
    label: &'static str,
    /// An explanation below the field.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The values to choose from, each with its text. If empty, the field takes
    /// any text.
    #[prop(optional)]
    choices: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let hint_id = hint.map(|_| format!("{name}-hint"));
    let described_by = hint_id.clone();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {if choices.is_empty() {
                view! {
                    <input
                        id=name
                        name=name
                        type="text"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby=described_by
                    />
                }
                    .into_any()
            } else {
                view! {
                    <select id=name name=name aria-describedby=described_by>
                        {choices
                            .iter()
                            .map(|(value, text)| view! { <option value=*value>{*text}</option> })
                            .collect_view()}
                    </select>
                }
                    .into_any()
            }}
            {hint.map(|hint| view! { <p class="note" id=hint_id>{hint}</p> })}
        </div>
    }
}
