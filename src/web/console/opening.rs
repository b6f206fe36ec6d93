//! What nearly every page of an event begins with: the account, its language, and the event that the address names.

use super::frame::campaign;
use crate::domain::campaign::Campaign;
use crate::i18n::Words;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// An argument of handlers behind `/console/k/{slug}`. An event that isn't there is [`Problem::Unknown`].
pub struct Opening {
    pub state: AppState,
    pub w: Words,
    pub who: Who,
    pub campaign: Campaign,
}

impl FromRequestParts<AppState> for Opening {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Ok(w) = Words::from_request_parts(parts, state).await;
        let who = Who::from_request_parts(parts, state).await?;
        let Ok(Path(slug)) = Path::<String>::from_request_parts(parts, state).await else {
            return Err(Problem::Unknown);
        };
        Ok(Self { state: state.clone(), w, who, campaign: campaign(state, &slug).await? })
    }
}
