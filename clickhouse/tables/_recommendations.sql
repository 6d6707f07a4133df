-- title: Recommendations that were made
-- definition: One row a recommendation whose recommendation event arrived, with the moments it reached each stage. What was made for a robot's session is left out. Money in the setting's currency; other_money counts the amounts in others.
SELECT
        recommendation_id,
        assumeNotNull(min(r.created_at)) AS made_at,
        argMinMerge(r.created) AS made,
        min(r.impression_at) AS impression_at,
        min(r.viewed_at) AS viewed_at,
        min(r.clicked_at) AS clicked_at,
        min(r.saved_at) AS saved_at,
        min(r.dismissed_at) AS dismissed_at,
        min(r.applied_at) AS applied_at,
        min(r.interviewed_at) AS interviewed_at,
        min(r.offered_at) AS offered_at,
        min(r.accepted_at) AS accepted_at,
        arrayMap(x -> x.2, groupUniqArrayMerge(r.engagement_times)) AS engagement_seconds,
        arrayMap(x -> x.2, groupUniqArrayMerge(r.ratings)) AS quality_ratings,
        -- The latest salary of each application: sorted by application and time, the last of each application stays.
        arraySort(x -> (x.application_id, x.at, x.event_id), groupUniqArrayMerge(r.salaries)) AS all_salaries,
        arrayFilter((x, i) -> i = length(all_salaries) OR all_salaries[i + 1].application_id != x.application_id, all_salaries, arrayEnumerate(all_salaries)) AS latest_salaries,
        arrayMap(x -> x.salary, arrayFilter(x -> x.currency IN ('', '{{currency}}'), latest_salaries)) AS final_salaries,
        if(made.currency IN ('', '{{currency}}'), made.salary_potential, NULL) AS salary_potential,
        length(latest_salaries) - length(final_salaries) + (made.salary_potential IS NOT NULL AND made.currency NOT IN ('', '{{currency}}')) AS other_money
    FROM recommendation_states AS r
    GROUP BY recommendation_id
    HAVING min(r.created_at) IS NOT NULL AND made.session_id NOT IN ({{robot_sessions}})
