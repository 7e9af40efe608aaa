import type { Rule, StageToCheck } from '../rule.ts'
import { actingRules } from './acting.ts'
import { alarmRules } from './alarms.ts'
import { apiRules } from './apis.ts'
import { databaseRules } from './database.ts'
import { distributionRules } from './distribution.ts'
import { edgeFunctionRules } from './edge-functions.ts'
import { environmentRules } from './environment.ts'
import { functionRules } from './functions.ts'
import { iamRules } from './iam.ts'
import { integrationRules } from './integrations.ts'
import { logRules } from './logs.ts'
import { migrationRules } from './migration.ts'
import { nameRules } from './names.ts'
import { networkRules } from './network.ts'
import { permissionRules } from './permissions.ts'
import { queueRules } from './queues.ts'
import { releaseRules } from './releases.ts'
import { resourcePolicyRules } from './resource-policies.ts'
import { secretRules } from './secrets.ts'
import { stackRules } from './stacks.ts'
import { stageRules } from './stages.ts'

/** Returns all rules. Some are stricter for a stage that is protected or keeps its data. */
export function rulesFor(stage: StageToCheck): readonly Rule[] {
  return [
    ...apiRules,
    ...stackRules,
    ...stageRules,
    ...integrationRules,
    ...permissionRules,
    ...functionRules,
    ...logRules(stage),
    ...environmentRules(stage),
    ...secretRules,
    ...nameRules,
    ...queueRules,
    ...databaseRules(stage),
    ...networkRules,
    ...distributionRules,
    ...edgeFunctionRules,
    ...resourcePolicyRules,
    ...alarmRules,
    ...migrationRules,
    ...releaseRules(stage),
    ...actingRules,
    ...iamRules,
  ]
}
