import type { Draft } from '../draft.ts'
import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const cluster = (draft: Draft) => draft.the('AWS::RDS::DBCluster')
const capacity = (draft: Draft) => cluster(draft).Properties['ServerlessV2ScalingConfiguration']
const vpc = 'AWS::EC2::VPC'
const subnet = 'AWS::EC2::Subnet'

export const dataMutants = [
  mutant('a capacity that is no step of 0.5', 'database-capacity', (draft) => {
    capacity(draft).MinCapacity = 0.7
  }),
  mutant('a least capacity above the most', 'database-capacity', (draft) => {
    capacity(draft).MinCapacity = 32
  }),
  mutant('a capacity of 0 that never pauses', 'database-capacity', (draft) => {
    capacity(draft).MinCapacity = 0
  }),
  mutant('a prod that may pause', 'database-capacity', (draft) => {
    Object.assign(capacity(draft), { MinCapacity: 0, SecondsUntilAutoPause: 300 })
  }),
  mutant('a cluster without the Data API', 'database-data-api', (draft) => {
    delete cluster(draft).Properties['EnableHttpEndpoint']
  }),
  mutant('a master password in the template', 'database-master-secret', (draft) => {
    delete cluster(draft).Properties['ManageMasterUserPassword']
    cluster(draft).Properties['MasterUserPassword'] = 'correct horse battery staple'
  }),
  mutant('a prod that can be deleted by mistake', undefined, (draft) => {
    cluster(draft).Properties['DeletionProtection'] = false
  }),
  mutant('a prod that goes with its stack', 'database-kept', (draft) => {
    cluster(draft).DeletionPolicy = 'Delete'
  }),
  mutant('a prod that goes when it is replaced', 'database-kept', (draft) => {
    cluster(draft).UpdateReplacePolicy = 'Delete'
  }),
  mutant('an output that is exported', 'stack-export', (draft) => {
    const { template } = draft.stacks.find(({ name }) => name.endsWith('-Data'))!
    template.Outputs['ClusterArn'].Export = { Name: 'QuickConnect-prod-ClusterArn' }
  }),
  mutant('a value that is imported', 'stack-export', (draft) => {
    const { Variables } = draft.the('AWS::Lambda::Function', named('migrate')).Properties[
      'Environment'
    ]
    Variables['APP_SECRET_ARN'] = { 'Fn::ImportValue': 'QuickConnect-prod-AppSecretArn' }
  }),
  mutant('a prod without backups to speak of', 'database-protection', (draft) => {
    cluster(draft).Properties['BackupRetentionPeriod'] = 1
  }),
  mutant('a prod in one zone', 'database-protection', (draft) =>
    draft.remove('AWS::RDS::DBInstance', (it) => it.Properties['PromotionTier'] === 1),
  ),
  mutant('a database in plain text', undefined, (draft) => {
    delete cluster(draft).Properties['StorageEncrypted']
  }),
  mutant('an instance that does not scale', 'database-instance', (draft) => {
    draft.the('AWS::RDS::DBInstance').Properties['DBInstanceClass'] = 'db.t4g.medium'
  }),
  mutant('a text that is not a CIDR', 'network-cidr', (draft) => {
    draft.the(vpc).Properties['CidrBlock'] = '10.0.0.0/33'
  }),
  mutant('a subnet outside of its VPC', undefined, (draft) => {
    draft.the(subnet).Properties['CidrBlock'] = '192.168.0.0/24'
  }),
  mutant('two subnets that overlap', undefined, (draft) => {
    const one = draft.the(subnet)
    const other = draft.the(subnet, (it) => it !== one)
    one.Properties['CidrBlock'] = other.Properties['CidrBlock']
  }),
  mutant('a NAT gateway', 'network-way-out', (draft) =>
    draft.addBeside(vpc, 'Nat', {
      Type: 'AWS::EC2::NatGateway',
      Properties: { SubnetId: { Ref: draft.idOf(subnet) }, ConnectivityType: 'private' },
    }),
  ),
  mutant('a database that the internet reaches', undefined, (draft) => {
    draft.the('AWS::EC2::SecurityGroup').Properties['SecurityGroupIngress'] = [
      { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 },
    ]
  }),
]
