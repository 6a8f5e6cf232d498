use leptos::prelude::*;

/// A labelled line of a form.
#[component]
pub(crate) fn Field(
    /// The field's name in the form.
    name: &'static str,
    /// What the label says.
    label: &'static str,
    /// An example, or what it is for.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What may be chosen, value and words; any text where there is nothing.
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
                            .map(|(value, words)| view! { <option value=*value>{*words}</option> })
                            .collect_view()}
                    </select>
                }
                    .into_any()
            }}
            {hint.map(|hint| view! { <p class="note" id=hint_id>{hint}</p> })}
        </div>
    }
}
