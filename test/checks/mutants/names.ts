import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const policy = 'AWS::CloudFront::ResponseHeadersPolicy'

/** Names and texts that schemas let through and services do not, and what two Regions would share. */
export const nameMutants = [
  mutant("a function's description that is too long", undefined, (draft) => {
    draft.the('AWS::Lambda::Function', named('frame')).Properties['Description'] = 'x'.repeat(257)
  }),
  mutant("a role's description with a typographic apostrophe", undefined, (draft) => {
    draft.the('AWS::IAM::Role').Properties['Description'] = 'Quick Connect’s role'
  }),
  mutant('the name of a log with a space in it', undefined, (draft) => {
    draft.the('AWS::Logs::LogGroup').Properties['LogGroupName'] = 'the log'
  }),
  mutant("a distribution's comment that is too long", 'name-format', (draft) => {
    draft.the('AWS::CloudFront::Distribution').Properties['DistributionConfig'].Comment =
      'x'.repeat(129)
  }),
  mutant('a policy of CloudFront that two Regions would share', 'name-region', (draft) => {
    draft.the(policy).Properties['ResponseHeadersPolicyConfig'].Name = 'quick-connect-headers'
  }),
  mutant('an access to the bucket that two Regions would share', 'name-region', (draft) => {
    const access = draft.the('AWS::CloudFront::OriginAccessControl').Properties
    access['OriginAccessControlConfig'].Name = 'quick-connect-site'
  }),
]
