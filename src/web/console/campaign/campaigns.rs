//! The list of campaigns, and creating a new one from a template.

use super::settings::{SettingsForm, group_levels, zones};
use crate::domain::campaign::Campaign;
use crate::domain::reporting_group::GroupLevel;
use crate::i18n::Localizer;
use crate::service::campaigns::templates::{TEMPLATES, Template as TextTemplate};
use crate::service::campaigns::{CampaignRefusal, NewCampaign};
use crate::service::live::GroupCount;
use crate::web::access::Actor;
use crate::web::console::shell::context::ConsoleContext;
use crate::web::console::shell::layout::{CampaignHead, Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/campaign/campaigns.html")]
struct CampaignsPage {
    w: Localizer,
    layout: Layout,
    campaigns: Vec<CampaignListRow>,
}

struct CampaignListRow {
    head: CampaignHead,
    opens: String,
    closes: String,
    signed: String,
    target: String,
}

pub async fn list(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, query, .. } = &context;
    let w = context.w;
    let mut campaigns = vec![];
    // Newest first: what is being prepared or runs stands on top.
    for campaign in state.campaigns.list().await? {
        let groups = state.progress.groups(campaign.id).await?;
        campaigns.push(CampaignListRow {
            head: CampaignHead::new(w, &campaign),
            opens: time(w, &campaign, campaign.opens_at),
            closes: time(w, &campaign, campaign.closes_at),
            signed: w.number(groups.iter().map(|group| group.signed).sum::<u64>()),
            target: w.number(groups.iter().map(GroupCount::target).sum::<u64>()),
        });
    }
    page(&CampaignsPage { w, layout: context.layout(Tab::Campaigns).after(w, query), campaigns })
}

/// A time in the console's tables; a dash where none is set.
pub fn time(w: Localizer, campaign: &Campaign, at: Option<crate::domain::time::UnixMillis>) -> String {
    at.map_or("–".into(), |at| local_time::moment(w, campaign.settings.zone, at))
}

#[derive(Template)]
#[template(path = "console/campaign/new_campaign.html")]
struct NewPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    template: String,
    templates: Vec<TemplateChoice>,
    form: SettingsForm,
    zones: [&'static str; 3],
    group_levels: Vec<(GroupLevel, String)>,
}

struct TemplateChoice {
    name: &'static str,
    words: String,
}

pub async fn form(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { actor, .. } = &context;
    let w = context.w;
    page(&new_page(w, actor, String::new(), TEMPLATES[0].name.into(), SettingsForm::default()))
}

pub async fn create(context: ConsoleContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let form = SettingsForm::read(&fields);
    let (slug, template) = (fields.get("slug").trim(), fields.get("template"));
    let new = TextTemplate::find(template).ok_or(Problem::Malformed)?;
    let made = match form.settings(false) {
        Ok(settings) => {
            let new = NewCampaign { slug, template: new, settings, opens_at: None, closes_at: None };
            state.campaigns.create(actor.login(), new).await
        }
        Err(fault) => Err(CampaignRefusal::Settings(fault)),
    };
    match made {
        Ok(campaign) => Ok(Done::Created.redirect(&format!("/console/k/{}", campaign.slug)).into_response()),
        Err(fault) => {
            let mut again = new_page(w, actor, slug.into(), template.into(), form);
            again.layout = again.layout.refused(refusal(fault, w)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response())
        }
    }
}

fn new_page(w: Localizer, actor: &Actor, slug: String, template: String, form: SettingsForm) -> NewPage {
    let templates = TEMPLATES
        .iter()
        .map(|template| TemplateChoice {
            name: template.name,
            words: w.t(&format!("console-template-{}", template.name)),
        })
        .collect();
    let layout = Layout::new(w, actor, Tab::Campaigns);
    NewPage { w, layout, slug, template, templates, form, zones: zones(), group_levels: group_levels(w) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_template_has_a_name() {
        check_built_keys("console-template-{}", TEMPLATES.map(|template| template.name));
    }
}
