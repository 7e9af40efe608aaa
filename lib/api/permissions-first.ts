import { CfnIntegration } from 'aws-cdk-lib/aws-apigatewayv2'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'

/**
 * Makes the integrations of an API wait for the permissions to call their functions. Otherwise calls fail for some
 * seconds when an integration switches to an alias of its function, or back.
 */
export function permissionsFirst(api: Construct): void {
  const parts = api.node.findAll()
  const permissions = parts.filter((part) => part instanceof CfnPermission)
  for (const integration of parts.filter((part) => part instanceof CfnIntegration)) {
    for (const permission of permissions) integration.addResourceDependency(permission)
  }
}
