//! The texts that a new campaign can begin with, complete and ready to be edited.

use crate::domain::campaign::CampaignKind;
use crate::domain::text::PledgeText;

/// A default text.
pub struct Template {
    /// Its name on the command line and in the console's form.
    pub name: &'static str,
    json: &'static str,
}

/// Every template; the first is the default.
pub const TEMPLATES: [Template; 2] = [
    Template { name: "ikrar-netralitas", json: include_str!("templates/ikrar-netralitas.json") },
    Template { name: "pakta-integritas", json: include_str!("templates/pakta-integritas.json") },
];

impl Template {
    /// The template of this name; `None` where there is none.
    pub fn find(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// The template's text, with its placeholders unfilled.
    pub fn text(&self) -> PledgeText {
        serde_json::from_str(self.json).expect("the templates are part of the program and a test reads each")
    }

    /// The kind of its text, which the campaign takes over.
    pub fn kind(&self) -> CampaignKind {
        self.text().kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_reads_and_stays_within_the_limits() {
        for template in &TEMPLATES {
            let text = template.text();
            let filled = text.fill(&crate::service::campaigns::rules::tests::settings()).unwrap();
            for clause in &filled.clauses {
                assert!(!clause.text.contains('{'), "an unfilled placeholder in {}", template.name);
            }
        }
        assert_eq!(Template::find("ikrar-netralitas").unwrap().text().clauses.len(), 4);
        assert_eq!(Template::find("pakta-integritas").unwrap().kind(), CampaignKind::IntegrityPact);
    }
}
