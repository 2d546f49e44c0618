use super::*;

#[test]
fn every_table_parses() {
    fn parses<T: for<'de> Deserialize<'de>>(name: &str, text: &str) {
        if let Err(error) = serde_json::from_str::<T>(text) {
            panic!("{name}: {error}");
        }
    }
    parses::<TypeFile>("terraform", include_str!("../tables/terraform.json"));
    parses::<TypeFile>("cloudformation", include_str!("../tables/cloudformation.json"));
    parses::<KubernetesFile>("kubernetes", include_str!("../tables/kubernetes.json"));
    parses::<InstanceTypes>("instance types", include_str!("../tables/instance-types.json"));
    parses::<Devices>("devices", include_str!("../tables/devices.json"));
}

#[test]
fn classes_of_plain_types_exist() {
    for text in [include_str!("../tables/terraform.json"), include_str!("../tables/cloudformation.json")] {
        let file: TypeFile = serde_json::from_str(text).expect("parses");
        for (class, types) in &file.plain {
            assert!(Class::from_str(class).is_some(), "no class `{class}`");
            for name in types {
                assert!(!file.types.contains_key(name), "`{name}` has two rows");
            }
        }
    }
    let file: KubernetesFile = serde_json::from_str(include_str!("../tables/kubernetes.json")).expect("parses");
    for class in file.plain.keys() {
        assert!(Class::from_str(class).is_some(), "no class `{class}`");
    }
}

#[test]
fn links_lead_to_rows_that_describe_machines() {
    for types in [terraform(), cloudformation()] {
        for (name, row) in &types.rows {
            for link in &row.links {
                let target = types.rows.get(&link.to);
                assert!(target.is_some_and(|row| !row.describes.is_empty()), "`{name}` links to `{}`", link.to);
            }
        }
    }
}

#[test]
fn sizes_of_instance_types_are_counts() {
    let file: InstanceTypes = serde_json::from_str(include_str!("../tables/instance-types.json")).expect("parses");
    for (family, row) in &file.accelerated {
        assert!(!file.without.contains(family), "`{family}` has two rows");
        for (size, count) in &row.sizes {
            let count = Quantity::parse(count).expect(family);
            assert!(count > Quantity::ZERO, "{family}.{size}");
        }
    }
}

#[test]
fn instance_types() {
    let check = |name: &str, expected: Option<Option<(&str, Option<&str>, i64)>>| {
        let found = instance_type(name).map(|device| device.map(|device| (device.kind, device.model, device.count)));
        let expected = expected.map(|row| row.map(|(kind, model, count)| (kind, model, Quantity::whole(count))));
        assert_eq!(found, expected, "{name}");
    };
    check("p4d.24xlarge", Some(Some(("gpu", Some("A100"), 8))));
    check("ml.g5.16xlarge", Some(Some(("gpu", Some("A10G"), 1))));
    check("g5.12xlarge", Some(Some(("gpu", Some("A10G"), 4))));
    check("g6e.48xlarge", Some(Some(("gpu", Some("L40S"), 8))));
    check("p5.4xlarge", Some(Some(("gpu", Some("H100"), 1))));
    check("trn1.32xlarge", Some(Some(("neuron", Some("Trainium"), 16))));
    check("inf2.24xlarge", Some(Some(("neuron", Some("Inferentia2"), 6))));
    check("m5.large", Some(None));
    check("ml.t3.medium", Some(None));
    check("db.r6g.large", Some(None));
    check("q9.large", None);
    check("p4d.9xlarge", None);
    check("", None);
}
