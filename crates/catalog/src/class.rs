//! What resources are for: the short list that policies select by.

macro_rules! classes {
    ($($(#[$attribute:meta])* $variant:ident $name:literal $meaning:literal)*) => {
        /// What a resource is for, whatever provider it is on.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class {
            $(#[doc = $meaning] $(#[$attribute])* $variant,)*
        }

        impl Class {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that policies and `classes` use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence on what belongs to it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// The class of that name.
            #[expect(clippy::should_implement_trait, reason = "an Option is the answer here, not a Result")]
            pub fn from_str(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

classes! {
    Endpoint "endpoint" "Serves a model: a SageMaker endpoint, an InferenceService, a RayService."
    TrainingJob "training-job" "Trains and ends by itself: a SageMaker training job, a PyTorchJob, a TrainJob, a RayJob."
    ProcessingJob "processing-job" "Works on data or scores it in bulk and ends by itself: a SageMaker processing job, a SparkApplication."
    Notebook "notebook" "A person's interactive machine: a SageMaker notebook instance or app, a Kubeflow Notebook."
    Workspace "workspace" "Where people are given such machines: a SageMaker domain, space, user profile or work team."
    Pipeline "pipeline" "A described sequence of jobs: a SageMaker pipeline, a workflow."
    Model "model" "A model or a version of one: a SageMaker model, model package or model package group."
    FeatureStore "feature-store" "Features kept for training and serving: a SageMaker feature group."
    Monitor "monitor" "Watches what runs: a SageMaker monitoring schedule or job definition."
    Bucket "bucket" "Object storage: an S3 bucket."
    Volume "volume" "A disk or a file system: an EBS volume, a snapshot, a PersistentVolumeClaim."
    Instance "instance" "Virtual machines: an EC2 instance, a fleet, an auto scaling group."
    Cluster "cluster" "Machines that others schedule onto: an EKS node group, a HyperPod cluster, a RayCluster."
    Workload "workload" "Pods of no more particular class: a Pod, a Deployment, a Job, a JobSet, a LeaderWorkerSet."
    Image "image" "What machines or containers start from: an AMI, a SageMaker image, a container registry."
    Configuration "configuration" "What other resources run by and which runs nothing itself: an endpoint configuration, a launch template."
    Network "network" "What connects machines: a VPC, a subnet, a security group."
    Database "database" "A database or a search service."
    Attachment "attachment" "A part or setting of another resource, which need carry no tags of its own: a bucket policy, an object, a route."
    #[default] Other "other" "A resource in no table."
    None "none" "No AI resource, or an object that asks for nothing: `terraform_data`, a ConfigMap, a ClusterQueue."
}

impl Class {
    /// Every class, in the order of their documentation.
    pub const fn all() -> &'static [Self] {
        Self::ALL
    }

    /// Whether policies over resources judge it.
    pub const fn governed(self) -> bool {
        !matches!(self, Self::None)
    }
}
