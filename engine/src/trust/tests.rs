//! Locks read and printed, and what is said of plugins that they do not accept.

use super::*;
use crate::model::Manifest;

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

fn pinned(id: &str, digit: &str) -> Pinned {
    Pinned {
        id: id.to_owned(),
        version: "1.0.0".to_owned(),
        digest: digit.repeat(64),
        origin: "插件/a \"b\"\\c.wasm".to_owned(),
        signed_by: None,
        replaces_built_in: false,
    }
}

fn plugin(id: &str, digit: &str) -> Plugin {
    let manifest = Manifest {
        id: id.to_owned(),
        version: "1.0.0".to_owned(),
        title: String::new(),
        checklist_title: String::new(),
        editions: Vec::new(),
        kinds: Vec::new(),
        tags: Vec::new(),
        documents: Vec::new(),
        categories: Vec::new(),
        items: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        needs: Vec::new(),
        gives: Vec::new(),
        phrases: Vec::new(),
        schemes: Vec::new(),
        wants_remarks: false,
    };
    Plugin { manifest, digest: digit.repeat(64), origin: "county.wasm".to_owned(), local: Vec::new() }
}

#[test]
fn a_lock_is_read_as_it_was_printed() {
    let mut lock = Lock::default();
    lock.keys.push(TrustedKey { name: "某市\"应急\"局".to_owned(), key: KEY.to_owned() });
    lock.accept(pinned("b", "0"));
    lock.accept(Pinned { signed_by: Some(KEY.to_owned()), replaces_built_in: true, ..pinned("a", "f") });
    let ids: Vec<_> = lock.plugins.iter().map(|pinned| pinned.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(Lock::read(&lock.print()), Ok(lock.clone()), "{}", lock.print());
    assert_eq!(Lock::read(&Lock::default().print()), Ok(Lock::default()));
    assert_eq!(lock.accept(pinned("b", "1")), Some(pinned("b", "0")));
    assert_eq!(lock.forget("b"), Some(pinned("b", "1")));
    assert_eq!(lock.forget("b"), None);
}

#[test]
fn what_is_no_lock_is_refused_whole() {
    let plugin = |id: &str, sha256: &str, more: &str| {
        format!("[[plugin]]\nid = \"{id}\"\nversion = \"1\"\nsha256 = \"{sha256}\"\norigin = \"x\"\n{more}")
    };
    let digest = "0".repeat(64);
    for (text, said) in [
        (String::new(), "schema"),
        ("schema = 2".to_owned(), "schema 应为 1,现为 2"),
        (format!("schema = 1\n{}", plugin("a", "00", "")), "sha256 应为 64 位"),
        (format!("schema = 1\n{}", plugin("a", &"A".repeat(64), "")), "sha256 应为 64 位"),
        (format!("schema = 1\n{}{}", plugin("a", &digest, ""), plugin("a", &digest, "")), "插件 a 重复"),
        (format!("schema = 1\n{}", plugin("", &digest, "")), "不得为空"),
        (format!("schema = 1\n{}", plugin("\\u001b", &digest, "")), "不可打印"),
        (format!("schema = 1\n{}", plugin("a", &digest, "trusted = true")), "trusted"),
        ("schema = 1\n[[key]]\nname = \"x\"\nkey = \"RW\"".to_owned(), "不是 minisign 公钥"),
        (format!("schema = 1\n{0}{0}", format!("[[key]]\nname = \"x\"\nkey = \"{KEY}\"\n")), "重复"),
    ] {
        let fault = Lock::read(&text).expect_err(&text);
        assert!(fault.0.contains(said), "{text}\n{fault}");
    }
}

#[test]
fn only_what_was_accepted_is_used_and_the_rest_says_how() {
    let signed = Pinned { signed_by: Some(KEY.to_owned()), ..pinned("signed", "1") };
    let instead = Pinned { replaces_built_in: true, ..pinned("fireworks", "1") };
    let plugins = vec![instead, pinned("hazchem", "1"), signed, pinned("town", "1")];
    let trust = Trust { lock: Lock { keys: Vec::new(), plugins }, ..Trust::default() };
    for (id, digit, built_in, said) in [
        ("town", "1", false, None),
        (
            "town",
            "2",
            false,
            Some("与 anping.lock 中接受的不同(接受的是 1.0.0 111111111111…,现为 1.0.0 222222222222…)"),
        ),
        ("other", "1", false, Some("未在 anping.lock 中接受")),
        ("crowded", "1", true, Some("与内置插件 crowded 同名,未经接受不得替换")),
        ("fireworks", "1", true, None),
        ("hazchem", "1", true, Some("接受时还没有同名的内置插件 hazchem")),
        ("signed", "1", false, Some("已不受信任")),
    ] {
        let judged = trust.judge(&plugin(id, digit), built_in);
        match (judged, said) {
            (Ok(()), None) => {}
            (Err(fault), Some(said)) => {
                assert!(fault.zh.contains(said), "{}", fault.zh);
                let command = ",未使用;核对来源后接受:anping plugin accept county.wasm";
                assert!(fault.zh.ends_with(command), "{}", fault.zh);
                assert_eq!(fault.plugin, format!("{id} 1.0.0"));
            }
            (judged, said) => panic!("{id}: {judged:?}, expected {said:?}"),
        }
    }
}

#[test]
fn commands_can_be_pasted() {
    let digest = "3".repeat(64);
    let path = |path: &str| Trust {
        paths: BTreeMap::from([(digest.clone(), path.to_owned())]),
        lock_path: Some("工作区/anping.lock".to_owned()),
        ..Trust::default()
    };
    for (given, shown) in [
        ("插件/电梯.wasm", "插件/电梯.wasm"),
        #[cfg(not(windows))]
        ("a b.wasm", "'a b.wasm'"),
        #[cfg(not(windows))]
        ("$(x)'.wasm", r"'$(x)'\''.wasm'"),
    ] {
        let fault = path(given).judge(&plugin("x", "3"), false).expect_err("it is unknown");
        let command = format!("anping plugin accept {shown} --lock 工作区/anping.lock");
        assert!(fault.zh.ends_with(&command), "{}", fault.zh);
        assert!(fault.en.ends_with(&command), "{}", fault.en);
    }
}
