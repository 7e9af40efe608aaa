import type { Rule } from '../rule.ts'
import { alarmRules } from './alarms.ts'
import { apiRules } from './apis.ts'
import { databaseRules } from './database.ts'
import { distributionRules } from './distribution.ts'
import { environmentRules } from './environment.ts'
import { functionRules } from './functions.ts'
import { iamRules } from './iam.ts'
import { integrationRules } from './integrations.ts'
import { migrationRules } from './migration.ts'
import { networkRules } from './network.ts'
import { permissionRules } from './permissions.ts'
import { queueRules } from './queues.ts'
import { resourcePolicyRules } from './resource-policies.ts'
import { stageRules } from './stages.ts'

/** All rules; what a protected stage asks for is added for it. */
export function rulesFor(stage: { readonly isProtected: boolean }): readonly Rule[] {
  return [
    ...apiRules,
    ...stageRules,
    ...integrationRules,
    ...permissionRules,
    ...functionRules,
    ...environmentRules,
    ...queueRules,
    ...databaseRules(stage),
    ...networkRules,
    ...distributionRules,
    ...resourcePolicyRules,
    ...alarmRules,
    ...migrationRules,
    ...iamRules,
  ]
}
