import { isIPv4 } from 'node:net'
import type { Rule } from '../rule.ts'

export const networkRules: readonly Rule[] = [
  {
    id: 'network-cidr',
    refuses: 'an invalid block of addresses, or one that is too large or too small for a VPC',
    of: ['AWS::EC2::VPC', 'AWS::EC2::Subnet'],
    *check(resource) {
      const text = resource.text('CidrBlock') ?? 'none'
      if (!isBlock(text)) {
        yield `CidrBlock is ${text}: give a network of /16 to /28, such as 10.0.0.0/16`
      }
    },
  },
  {
    id: 'network-way-out',
    refuses:
      "a way out of the database's network, which nothing takes and which costs more than an idle chat",
    of: [
      'AWS::EC2::NatGateway',
      'AWS::EC2::EIP',
      'AWS::EC2::InternetGateway',
      'AWS::EC2::EgressOnlyInternetGateway',
      'AWS::EC2::VPCGatewayAttachment',
    ],
    *check(resource) {
      yield `there is an ${resource.type}: nothing in the VPC needs a way out, take isolated subnets`
    },
  },
]

function isBlock(text: string): boolean {
  const [, address = '', digits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const prefix = Number(digits)
  if (!isIPv4(address) || prefix < 16 || prefix > 28) return false
  const first = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  // EC2 would use the network of this address, which differs from what the template says.
  return first % 2 ** (32 - prefix) === 0
}
