import { Stack, Validations } from 'aws-cdk-lib'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import type { IConstruct } from 'constructs'

/** Allows this one resource to contain a `*` in the policies under `scope`, for this reason. */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  const found = flattenCfnReference(Stack.of(scope).resolve(resource))
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${found}]`, reason })
}
