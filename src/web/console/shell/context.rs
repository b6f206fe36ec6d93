//! The argument that the console's handlers share: the account, its language, the query, and the campaign that the
//! address names.

use super::layout::{Done, Layout, Tab};
use super::query::QueryParams;
use crate::domain::campaign::Campaign;
use crate::i18n::Localizer;
use crate::service::campaigns::CampaignRefusal;
use crate::service::help_desk::HelpDesk;
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::error::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::convert::Infallible;

/// The argument of the handlers behind `/console`. `C` is the campaign of pages behind `/console/k/{slug}`, and nothing
/// on others. A campaign that doesn't exist is [`Problem::Unknown`].
pub struct ConsoleContext<C = ()> {
    pub state: AppState,
    /// The account's language.
    pub w: Localizer,
    pub actor: Actor,
    /// Drafts included.
    pub campaign: C,
    pub query: QueryParams,
}

/// The argument of the handlers behind `/console/k/{slug}`.
pub type CampaignContext = ConsoleContext<Campaign>;

/// The argument of handlers whose change is checked when it is committed: the campaign may be as this node showed it
/// last, which is within a second.
pub struct ChangeContext(pub CampaignContext);

impl FromRequestParts<AppState> for ConsoleContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Self::read(parts, state).await
    }
}

impl FromRequestParts<AppState> for CampaignContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let context = ConsoleContext::read(parts, state).await?;
        let slug = slug(parts, state).await?;
        context.of_campaign(&slug).await
    }
}

impl FromRequestParts<AppState> for ChangeContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let context = ConsoleContext::read(parts, state).await?;
        let slug = slug(parts, state).await?;
        let shown = state.live.shown(&slug).map(|shown| shown.campaign.clone());
        Ok(Self(match shown.filter(HelpDesk::may_change_roster) {
            Some(campaign) => context.with_campaign(campaign),
            None => context.of_campaign(&slug).await?,
        }))
    }
}

/// The part of the address that names the campaign.
async fn slug(parts: &mut Parts, state: &AppState) -> Result<String, Problem> {
    let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    path.ok().and_then(|Path(mut segments)| segments.remove("slug")).ok_or(Problem::Unknown)
}

impl ConsoleContext {
    async fn read(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Ok::<_, Infallible>(w) = Localizer::from_request_parts(parts, state).await;
        let actor = Actor::from_request_parts(parts, state).await?;
        let Ok::<_, Infallible>(query) = QueryParams::from_request_parts(parts, state).await;
        Ok(Self { state: state.clone(), w, actor, campaign: (), query })
    }

    async fn of_campaign(self, slug: &str) -> Result<CampaignContext, Problem> {
        match self.state.campaigns.find(slug).await {
            Ok(campaign) => Ok(self.with_campaign(campaign)),
            Err(CampaignRefusal::Store(error)) => Err(error.into()),
            Err(_) => Err(Problem::Unknown),
        }
    }

    fn with_campaign(self, campaign: Campaign) -> CampaignContext {
        let Self { state, w, actor, campaign: (), query } = self;
        ConsoleContext { state, w, actor, campaign, query }
    }

    /// The layout of a page outside a campaign.
    pub fn layout(&self, tab: Tab) -> Layout {
        Layout::new(self.w, &self.actor, tab)
    }
}

impl CampaignContext {
    /// The layout of a page of this campaign.
    pub async fn layout(&self, tab: Tab) -> Layout {
        Layout::of_campaign(&self.state, self.w, &self.actor, tab, &self.campaign).await
    }

    /// The address of a page of this campaign; `page` is empty or begins with `/`.
    pub fn path(&self, page: &str) -> String {
        format!("/console/k/{}{page}", self.campaign.slug)
    }

    /// Redirects to a page of this campaign, which then says what was done.
    pub fn done(&self, page: &str, done: Done) -> Response {
        done.redirect(&self.path(page)).into_response()
    }
}
