-- Spreads an installation over a Citus cluster: run once on the coordinator, after `ikrar migrate` and before anything
-- is written. Nothing else changes: every statement that concerns a campaign names it, so it stays on one shard.

-- Global and small: a copy on every node.
SELECT create_reference_table('slug');
SELECT create_reference_table('canonical_text');
SELECT create_reference_table('installation');
SELECT create_reference_table('account');
SELECT create_reference_table('console_session');
SELECT create_reference_table('second_factor');
SELECT create_reference_table('account_notice');
SELECT create_reference_table('recovery_code');
SELECT create_reference_table('wrong_tally');
SELECT create_reference_table('left_session');
SELECT create_reference_table('left_node');
SELECT create_reference_table('node');
SELECT create_reference_table('key_in_use');
SELECT create_reference_table('seal_key');
SELECT create_reference_table('registry_node');
SELECT create_reference_table('registry_name');

-- A campaign's rows stand together on one shard.
SELECT create_distributed_table('campaign', 'campaign_id');
SELECT create_distributed_table('text_version', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('institution', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('reporting_group', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('edition', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('letterhead', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('emblem', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('minutes', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('minutes_copy', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('group_list', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('group_tally', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('notice', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('proposal', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('roster_column', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('roster_import', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('roster_lock', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('unit', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('participant', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('code_version', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('pledge', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('log_head', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('leaf', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('revocation', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('report', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('audit', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('roster_digest', 'campaign_id', colocate_with => 'campaign');
SELECT create_distributed_table('audit_head', 'campaign_id', colocate_with => 'campaign');
