import type { Rule } from '../rule.ts'

/** What AWS takes, of texts that AWS's validator does not restrict as the services do. */
const formats: readonly (readonly [type: string, path: readonly string[], format: RegExp])[] = [
  ['AWS::CloudFront::Distribution', ['DistributionConfig', 'Comment'], /^.{0,128}$/s],
  ['AWS::CloudFront::Function', ['FunctionConfig', 'Comment'], /^.{0,128}$/s],
  [
    'AWS::CloudFront::ResponseHeadersPolicy',
    ['ResponseHeadersPolicyConfig', 'Name'],
    /^[\w${}:-]{1,128}$/,
  ],
  ['AWS::CloudFront::OriginAccessControl', ['OriginAccessControlConfig', 'Name'], /^[^\s]{1,64}$/],
  ['AWS::CloudWatch::Dashboard', ['DashboardName'], /^[\w-]{1,255}$/],
  ['AWS::SNS::Topic', ['DisplayName'], /^.{0,100}$/],
  ['AWS::ApiGatewayV2::Api', ['Name'], /^.{1,128}$/],
]

/** Names that are the account's, whatever the Region of a stack. */
const globalNames: readonly (readonly [type: string, path: readonly string[]])[] = [
  ['AWS::CloudFront::ResponseHeadersPolicy', ['ResponseHeadersPolicyConfig', 'Name']],
  ['AWS::CloudFront::OriginAccessControl', ['OriginAccessControlConfig', 'Name']],
  ['AWS::CloudFront::Function', ['Name']],
]

export const nameRules: readonly Rule[] = [
  {
    id: 'name-format',
    refuses: 'a name or description that AWS refuses when it makes the resource',
    of: 'assembly',
    *checkAll(assembly) {
      for (const [type, path, format] of formats) {
        for (const resource of assembly.ofType(type)) {
          const text = resource.text(...path)
          if (text !== undefined && !format.test(text)) {
            yield [resource, `${path.join('.')} is ${JSON.stringify(text)}: AWS takes ${format}`]
          }
        }
      }
    },
  },
  {
    id: 'name-region',
    refuses:
      "a name of CloudFront without the Region in it: it is the account's, so that a second Region could not have the stage",
    of: 'assembly',
    *checkAll(assembly) {
      for (const [type, path] of globalNames) {
        for (const resource of assembly.ofType(type)) {
          const region = resource.stack.region ?? '${AWS::Region}'
          if (!resource.text(...path)?.includes(region)) {
            yield [resource, `${path.join('.')} has no Region in it: add it`]
          }
        }
      }
    },
  },
]
