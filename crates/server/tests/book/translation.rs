use crate::page::page;

/// What a translation has in common with its original.
#[derive(Debug, PartialEq, Eq)]
struct Outline {
    /// The level of each heading, and its number.
    headings: Vec<(usize, String)>,
    code: Vec<String>,
    /// The targets of the links, below `docs/src`, sorted.
    links: Vec<String>,
    paragraphs: usize,
}

fn outline(page: &str) -> Outline {
    let mut prose = String::new();
    let mut code = Vec::new();
    for (index, part) in page.split("```").enumerate() {
        if index % 2 == 0 {
            prose += part;
        } else {
            code.push(part.to_owned());
        }
    }
    let headings = prose.lines().filter_map(|line| {
        let text = line.trim_start_matches('#');
        let level = line.len() - text.len();
        let number = text.trim().split('.').next().unwrap();
        let number = number.chars().filter(char::is_ascii_digit).collect();
        (level > 0).then_some((level, number))
    });
    let mut links: Vec<_> = prose
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .map(|target| target.trim_start_matches("../").to_owned())
        .collect();
    links.sort();
    let blocks = prose.split("\n\n").filter(|block| !block.trim().is_empty());
    Outline {
        headings: headings.collect(),
        code,
        links,
        paragraphs: blocks.count(),
    }
}

#[test]
fn the_guide_in_thai_has_every_section_block_of_code_and_link() {
    let english = outline(&page("guide.md"));
    let mut thai = outline(&page("th/guide.md"));
    // It also links to its original.
    thai.links.retain(|link| link != "guide.md");
    assert_eq!(thai, english);
    let numbers = english
        .headings
        .iter()
        .filter_map(|(_, number)| number.parse().ok());
    assert_eq!(numbers.collect::<Vec<u32>>(), (1..=15).collect::<Vec<_>>());
}

#[test]
fn the_guide_in_thai_is_in_thai() {
    let text = page("th/guide.md");
    let prose = text.split("```").step_by(2);
    let is_thai = |text: &str| text.chars().any(|c| ('\u{e00}'..='\u{e7f}').contains(&c));
    for block in prose.flat_map(|part| part.split("\n\n")) {
        let block = block.trim();
        // Logto's console names this one in English.
        assert!(
            block.is_empty() || is_thai(block) || block == "## 5. Redirect URI",
            "{block}"
        );
    }
}
