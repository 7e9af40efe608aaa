import { named } from './functions.ts'
import { mutant } from './mutant.ts'

/** Faults of any resource, which AWS's validator sees: no rule of ours has to. */
export const mutantsLeftToOthers = [
  mutant('a property that does not exist', undefined, (draft) => {
    draft.the('AWS::Lambda::Function', named('frame')).Properties['Memory'] = 512
  }),
  mutant('a property that is missing', undefined, (draft) => {
    delete draft.the('AWS::Lambda::Function', named('frame')).Properties['Role']
  }),
  mutant('a number out of its range', undefined, (draft) => {
    draft.the('AWS::Lambda::Function', named('frame')).Properties['MemorySize'] = 64
  }),
  mutant('a value of another type', undefined, (draft) => {
    draft.the('AWS::ApiGatewayV2::Stage').Properties['AccessLogSettings'] = 'on'
  }),
  mutant('a reference to nothing', undefined, (draft) => {
    draft.the('AWS::RDS::DBInstance').Properties['DBClusterIdentifier'] = { Ref: 'Nothing' }
  }),
  mutant('an attribute that a resource does not have', undefined, (draft) => {
    const secret = draft.idOf('AWS::SecretsManager::Secret')
    draft.the('AWS::RDS::DBCluster').Properties['Port'] = { 'Fn::GetAtt': [secret, 'Port'] }
  }),
]
