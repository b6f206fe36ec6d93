//! Institutions that a file adds and whose codes are known of other campaigns, by other names: whoever imports says
//! which of them are the same ones.

use crate::domain::institution::Institution;
use crate::domain::registry::{RegisteredInstitutions, RegistryNode, TOP_NODE};
use crate::i18n::Localizer;
use crate::store::{SharedStore, StoreError};

/// An institution that a file adds and whose code is registered by other names only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeInUse {
    /// The institution's code.
    pub code: String,
    /// Its name in the file.
    pub name: String,
    /// The registered institutions of this code.
    pub nodes: Vec<RegistryNode>,
    /// The node that was said to be this institution; without one it is registered as another.
    pub same: Option<String>,
}

impl CodeInUse {
    /// What is asked, or what was said, as the terminal shows it.
    pub fn words(&self, words: Localizer) -> String {
        let known: Vec<String> = self.nodes.iter().map(|node| format!("{} {}", node.code, node.name)).collect();
        let known = known.join(", ");
        let told = [("code", self.code.as_str()), ("name", &self.name), ("known", &known)];
        match &self.same {
            Some(node) => words.with("roster-report-code-same", &[told[0], told[1], ("node", node)]),
            None => words.with("roster-report-code-in-use", &told),
        }
    }
}

/// The institutions of which it has to be said whether they are registered ones. `same` holds the nodes of which that
/// was said.
pub(super) async fn codes_in_use(
    store: &SharedStore,
    created: &[Institution],
    same: &[String],
) -> Result<Vec<CodeInUse>, StoreError> {
    if created.is_empty() {
        return Ok(vec![]);
    }
    let names = store.registered_names().await?;
    let registered = RegisteredInstitutions::new(names.into_iter().map(|name| (name.key, name.node)));
    let all = store.registry_nodes(TOP_NODE).await?;
    let asked = created.iter().map(|one| {
        let nodes = registered.asked(&one.code, &one.name, &all);
        let said = same.iter().find(|said| nodes.iter().any(|node| node.code == **said)).cloned();
        CodeInUse { code: one.code.clone(), name: one.name.clone(), nodes, same: said }
    });
    Ok(asked.filter(|one| !one.nodes.is_empty()).collect())
}
