//! `provost check` on CloudFormation templates.

mod common;

use common::{COST, provost, tree};

const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Centre:
    Type: String
    Default: ''
Conditions:
  HasCentre: !Not [!Equals [!Ref Centre, '']]
Resources:
  Tagged:
    Type: AWS::S3::Bucket
    Properties:
      Tags:
        - Key: CostCenter
          Value: '42'
  Bare:
    Type: AWS::S3::Bucket
  ByParameter:
    Type: AWS::S3::Bucket
    Properties:
      Tags:
        - !If
          - HasCentre
          - Key: CostCenter
            Value: !Ref Centre
          - !Ref AWS::NoValue
";

#[test]
fn a_template_and_its_parameters() {
    let folder = tree(&[("cost.rego", COST), ("stack.yaml", TEMPLATE)]);
    let run = provost(folder.path(), &["check", "stack.yaml", "-p", "cost.rego"]).exits(1);
    assert_eq!(run.verdicts(), ["deny COST-9 Bare", "deny COST-9 ByParameter"]);
    run.says(&["stack.yaml:15:3", "3 resources, 1 file"]);
    let run = provost(folder.path(), &["check", "stack.yaml", "-p", "cost.rego", "--parameter", "Centre=7"]).exits(1);
    assert_eq!(run.verdicts(), ["deny COST-9 Bare"]);
}

#[test]
fn parameters_of_the_repository() {
    let configuration = "policies: [policies]\nparameters:\n  Centre: 7\n";
    let files = [("provost.yaml", configuration), ("policies/cost.rego", COST), ("stacks/stack.template", TEMPLATE)];
    let folder = tree(&files);
    let run = provost(folder.path(), &["check", "."]).exits(1);
    assert_eq!(run.verdicts(), ["deny COST-9 Bare"]);
}
