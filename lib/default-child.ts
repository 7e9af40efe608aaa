import type { IConstruct } from 'constructs'

/** Returns the CloudFormation resource behind a construct, for settings that the construct has no property for. */
export function defaultChild<T>(
  construct: IConstruct,
  resource: abstract new (...args: never[]) => T,
): T {
  const child = construct.node.defaultChild
  if (child instanceof resource) return child
  throw new Error(`${construct.node.path} has no default child of type ${resource.name}`)
}
