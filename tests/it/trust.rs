//! What a workspace accepts: the lock, signatures, and that nothing else decides points.

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::{Ran, anping_with, hostile, town, workspace};
use anping::cli::Exit;
use anping::pipeline;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    workspace().join("tests/fixtures").join(name)
}

/// A workspace: an inbox with one sheet, and room for a lock beside it.
struct Office(TempDir);

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("收件")).expect("an inbox");
        let sheet = "行业检查/人员密集/E019_2026-08-27.xlsx";
        fs::copy(town().join(sheet), folder.path().join("收件/E019.xlsx")).expect("a sheet");
        Self(folder)
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    fn copy(&self, from: &Path, name: &str) -> String {
        fs::copy(from, self.0.path().join(name)).expect("a file of the test");
        self.at(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.0.path().join(name), bytes).expect("a file of the test");
        self.at(name)
    }

    fn anping(&self, args: &[&str]) -> Ran {
        anping_with(Some(&self.0.path().join("cache")), args)
    }

    /// `anping plugin …` on the lock beside the inbox.
    fn plugin(&self, args: &[&str]) -> Ran {
        self.anping(&[&["plugin"], args, &["--lock", &self.at("anping.lock")]].concat())
    }

    /// `anping check` of the inbox.
    fn check(&self, args: &[&str]) -> Ran {
        self.anping(&[&["check", &self.at("收件")], args].concat())
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.at("anping.lock")).unwrap_or_default()
    }
}

fn done(ran: &Ran) {
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
}

fn refused(ran: &Ran, said: &str) {
    assert_eq!(ran.exit, Exit::Plugin, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(said), "{said} in\n{}", ran.err);
}

#[test]
fn a_plugin_is_used_once_it_was_accepted_and_as_long_as_it_is_the_same() {
    let office = Office::new();
    let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
    done(&office.check(&[]));
    let ran = office.check(&["--plugin", &plugin]);
    let command = format!("未在 anping.lock 中接受,未使用;核对来源后接受:anping plugin accept {plugin}");
    refused(&ran, &command);
    assert!(office.anping(&["plugins", "--plugin", &plugin]).out.contains(",未接受"));

    done(&office.plugin(&["accept", &plugin]));
    assert!(office.lock().contains("origin = \"v1.wasm\"\n"), "{}", office.lock());
    // From then on the lock gives it, and giving it again changes nothing.
    done(&office.check(&[]));
    done(&office.check(&["--plugin", &plugin]));
    done(&office.check(&["--plugins", &office.at("")]));
    let listed = office.anping(&["plugins", "--lock", &office.at("anping.lock")]);
    assert!(listed.out.contains("first-v1 1.0.0") && !listed.out.contains("未接受"), "{}", listed.out);

    // One byte of a custom section: as good a plugin as before, and another.
    let mut changed = fs::read(&plugin).expect("the plugin");
    changed.extend([0, 2, 1, b'x']);
    office.write("v1.wasm", &changed);
    refused(&office.check(&[]), "与 anping.lock 中接受的不同(接受的是 1.0.0 ");
    let accept = format!("anping plugin accept {plugin} --lock {}", office.at("anping.lock"));
    refused(&office.check(&[]), &accept);
    let again = office.plugin(&["accept", &plugin]);
    done(&again);
    assert!(again.out.contains("代替原来接受的 1.0.0"), "{}", again.out);
    done(&office.check(&[]));

    fs::remove_file(&plugin).expect("the plugin");
    refused(&office.check(&[]), "first-v1 1.0.0:anping.lock 中已接受,但没有找到(v1.wasm),未使用");
    done(&office.plugin(&["forget", "first-v1"]));
    done(&office.check(&[]));
    assert_eq!(office.plugin(&["forget", "first-v1"]).exit, Exit::Usage);
}

/// The hostile suite's honest plugin under the id of a built-in one.
fn false_fireworks() -> Vec<u8> {
    hostile::plugin_named("honest", "fireworks")
}

#[test]
fn a_built_in_plugin_is_replaced_by_what_was_accepted_and_by_nothing_else() {
    let office = Office::new();
    let plugin = office.write("f.wasm", &false_fireworks());
    let used = || -> Vec<String> {
        let out = office.at("out");
        let _ = office.anping(&["assess", &office.at("收件"), "-o", &out, "--plugin", &plugin]);
        let text = fs::read_to_string(Path::new(&out).join("results.json")).expect("results");
        let results: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let plugins = results["plugins"].as_array().expect("plugins");
        let origin = |id: &str| plugins.iter().find(|p| p["id"] == id).map(|p| p["origin"].to_string());
        origin("fireworks").into_iter().collect()
    };
    refused(&office.check(&["--plugin", &plugin]), "与内置插件 fireworks 同名,未经接受不得替换,未使用");
    assert_eq!(used(), ["\"built-in\""]);

    let accepted = office.plugin(&["accept", &plugin]);
    done(&accepted);
    assert!(accepted.out.contains("替换同名的内置插件"), "{}", accepted.out);
    assert!(accepted.out.contains("没有自带算例,无从核对"), "{}", accepted.out);
    assert_eq!(used(), ["\"f.wasm\""]);

    // Accepted in its place and not there: results by the built-in rules would be others'.
    office.write("f.wasm", b"not a plugin");
    assert_eq!(used(), [] as [String; 0]);
    refused(&office.check(&[]), "f.wasm:不是插件文件");
    // Accepted when there was no built-in plugin of that id: the lock does not say that it may.
    office.write("f.wasm", &false_fireworks());
    office.write("anping.lock", office.lock().replace("replaces-built-in = true", "").as_bytes());
    refused(&office.check(&[]), "接受时还没有同名的内置插件 fireworks");
}

#[test]
fn a_lock_inside_the_inbox_decides_nothing() {
    let office = Office::new();
    let plugin = office.copy(&fixture("v1.wasm"), "收件/v1.wasm");
    let inside = office.at("收件/anping.lock");
    done(&office.anping(&["plugin", "accept", &plugin, "--lock", &inside]));
    refused(&office.check(&[]), "收件里的 anping.lock 不采用");
    refused(&office.check(&["--plugin", &plugin]), "未在 anping.lock 中接受");
    // Whoever names it has decided.
    done(&office.check(&["--lock", &inside]));
}

#[test]
fn a_lock_that_is_none_stops_the_run() {
    let office = Office::new();
    office.write("anping.lock", b"schema = 1\nplugin = 3");
    let ran = office.check(&[]);
    assert_eq!(ran.exit, Exit::Input, "{}", ran.err);
    assert_eq!(office.check(&["--lock", &office.at("none")]).exit, Exit::Input);
    office.write("anping.lock", &[b'#'; (1 << 20) + 1]);
    assert_eq!(office.check(&[]).exit, Exit::Input);
    office.write("anping.lock", &[0xff]);
    assert_eq!(office.check(&[]).exit, Exit::Input);
}

// ---- signatures -----------------------------------------------------------------------------

#[test]
fn a_signature_is_believed_where_its_key_is_trusted() {
    let key = fs::read_to_string(fixture("test.pub")).expect("the key");
    let key = key.lines().nth(1).expect("its second line");
    for signature in ["v1.wasm.minisig", "v1.wasm.legacy.minisig"] {
        let office = Office::new();
        let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
        office.copy(&fixture(signature), "v1.wasm.minisig");
        refused(&office.plugin(&["accept", &plugin]), "签名所用公钥未受信任");
        assert_eq!(office.lock(), "");
        done(&office.plugin(&["trust", key, "--name", "某市应急管理局"]));
        let accepted = office.plugin(&["accept", &plugin]);
        done(&accepted);
        assert!(accepted.out.contains("签名有效:某市应急管理局"), "{}", accepted.out);
        assert!(office.lock().contains(&format!("signed-by = \"{key}\"")), "{}", office.lock());
        done(&office.check(&[]));

        // Other bytes, no signature, nonsense for one.
        let mut changed = fs::read(&plugin).expect("the plugin");
        changed.extend([0, 2, 1, b'x']);
        office.write("v1.wasm", &changed);
        refused(&office.plugin(&["accept", &plugin]), "签名与文件不符:文件不是“某市应急管理局”签发时的内容");
        office.write("v1.wasm.minisig", b"untrusted comment: x\n");
        refused(&office.plugin(&["accept", &plugin]), "签名文件不是 minisign 签名");
        fs::remove_file(office.at("v1.wasm.minisig")).expect("the signature");
        refused(&office.plugin(&["accept", &plugin]), "原来接受的有签名,这个没有");
        let unsigned = office.plugin(&["accept", &plugin, "--unsigned"]);
        done(&unsigned);
        assert!(unsigned.out.contains("没有签名"), "{}", unsigned.out);
    }
}

#[test]
fn what_a_key_signed_goes_with_the_key() {
    let office = Office::new();
    let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
    office.copy(&fixture("v1.wasm.minisig"), "v1.wasm.minisig");
    let key = fixture("test.pub").to_string_lossy().into_owned();
    done(&office.plugin(&["trust", &key, "--name", "某局"]));
    done(&office.plugin(&["accept", &plugin]));
    let told = office.plugin(&["distrust", &key]);
    done(&told);
    assert!(told.out.contains("不再使用 first-v1 1.0.0"), "{}", told.out);
    refused(&office.check(&[]), "已不受信任");
    assert_eq!(office.plugin(&["distrust", &key]).exit, Exit::Usage);
    assert_eq!(office.plugin(&["trust", "RWQ", "--name", "x"]).exit, Exit::Input);
}

// ---- steadiness -----------------------------------------------------------------------------

#[test]
fn a_plugin_is_not_accepted_that_cannot_be_loaded_or_fails_its_own_cases() {
    let office = Office::new();
    let good = office.copy(&fixture("v1.wasm"), "good.wasm");
    let bytes = fs::read(fixture("v1.wasm")).expect("the plugin");
    let (from, to) = (b"score score 0.0", b"score score 9.0");
    let place = bytes.windows(from.len()).position(|window| window == from).expect("it is data");
    let mut wrong = bytes.clone();
    wrong[place..place + to.len()].copy_from_slice(to);
    let wrong = office.write("wrong.wasm", &wrong);
    let looping = office.write("loop.wasm", &hostile::plugin("loop-in-describe"));
    for (path, said) in [(&wrong, "自带算例 2 个中 1 个不符(首个:fails)"), (&looping, "疑似死循环")]
    {
        // All or none.
        refused(&office.plugin(&["accept", &good, path]), said);
        assert_eq!(office.lock(), "");
    }
    refused(&office.plugin(&["accept", &good, &good]), "同一插件给了两个文件");
}

// ---- the contract ---------------------------------------------------------------------------

/// Bytes of the first release of the contract: every later program reads them, and judges by them as
/// the first did.
#[test]
fn the_kept_plugin_of_contract_1_0_still_works() {
    let mut settings = acceptance::settings();
    let bytes = fs::read(fixture("v1.wasm")).expect("the plugin");
    settings.plugins = vec![("v1.wasm".to_owned(), bytes)];
    let (host, loaded, faults) = pipeline::load_plugins(&settings).expect("a sandbox");
    assert_eq!(faults, []);
    let kept = loaded.iter().find(|plugin| plugin.plugin.manifest.id == "first-v1").expect("it is loaded");
    let digest = "ac51fec9c659ffabd1c613bd9745bd838e89b0ca59a7b91085fabeba9692836a";
    assert_eq!(kept.plugin.digest, digest, "the fixture is never made again");
    let (cases, mismatches) = pipeline::golden::check(&host, kept).expect("it gives its cases");
    assert_eq!((cases, mismatches), (2, Vec::new()));
}

// ---- bundles --------------------------------------------------------------------------------

/// A workspace with a plugin, a tailoring, templates and a layout, packed.
fn packed(office: &Office) -> String {
    let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
    office.copy(&fixture("v1.wasm.minisig"), "v1.wasm.minisig");
    let key = fixture("test.pub").to_string_lossy().into_owned();
    done(&office.plugin(&["trust", &key, "--name", "某局"]));
    done(&office.plugin(&["accept", &plugin]));
    office.write("anping.toml", "schema = 1\nunit = \"某镇\"\ntailoring = \"调整单.toml\"\n".as_bytes());
    office.write("调整单.toml", "schema = 1\ntitle = \"某镇调整单\"\n".as_bytes());
    let (templates, layouts) = (workspace().join("templates/report"), workspace().join("templates/intake"));
    let bundle = office.at("县.anpingbundle");
    let args = |output: &str| {
        office.anping(&[
            "bundle",
            "-o",
            output,
            "--workspace",
            &office.at("anping.toml"),
            "--templates",
            &templates.to_string_lossy(),
            "--layouts",
            &layouts.to_string_lossy(),
        ])
    };
    done(&args(&bundle));
    let again = office.at("again.anpingbundle");
    done(&args(&again));
    assert_eq!(fs::read(&bundle).expect("the bundle"), fs::read(again).expect("the bundle"));
    bundle
}

#[test]
fn the_lock_beside_an_inbox_is_found_however_the_inbox_is_written() {
    let office = Office::new();
    let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
    done(&office.plugin(&["accept", &plugin]));
    fs::create_dir(office.at("收件/空")).expect("a folder");
    for inbox in ["收件", "收件/", "收件/.", "收件/空/..", "收件/../收件"] {
        done(&office.anping(&["check", &office.at(inbox), "--plugin", &plugin]));
    }
}

#[test]
fn a_bundle_with_settings_that_cannot_be_followed_is_not_packed() {
    let office = Office::new();
    let out = office.at("x.anpingbundle");
    for (setting, said) in
        [("score_sheet = \"R0-z\"", "R0-z"), ("blank = [\"R0.no-such-column\"]", "no-such-column")]
    {
        let workspace = office.write("anping.toml", format!("schema = 1\n{setting}\n").as_bytes());
        let ran = office.anping(&["bundle", "-o", &out, "--workspace", &workspace]);
        assert_eq!(ran.exit, Exit::Template, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(said), "{}", ran.err);
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn a_bundle_carries_a_workspace_to_an_office_without_a_network() {
    let county = Office::new();
    let bundle = packed(&county);
    let town = Office::new();
    let carried = town.copy(Path::new(&bundle), "县.anpingbundle");
    let lock = town.at("anping.lock");

    let verified = town.anping(&["bundle", "verify", &carried, "--lock", &lock]);
    done(&verified);
    for said in [
        "first-v1 1.0.0: 算例全部相符, 本工作区未接受",
        "没有签名",
        "anping.toml",
        "layouts/register/layout.toml",
    ] {
        assert!(verified.out.contains(said), "{said} in\n{}", verified.out);
    }
    // Named, but nobody here has accepted what it holds.
    let command = format!("anping plugin accept {carried}");
    refused(&town.check(&["--bundle", &carried]), &command);
    // The county's key is not trusted here, though the plugin in the bundle is signed with it.
    refused(&town.plugin(&["accept", &carried]), "签名所用公钥未受信任");
    let key = fixture("test.pub").to_string_lossy().into_owned();
    done(&town.plugin(&["trust", &key, "--name", "县局"]));
    let accepted = town.plugin(&["accept", &carried]);
    done(&accepted);
    assert!(accepted.out.contains("签名有效:县局"), "{}", accepted.out);
    assert!(town.lock().contains("origin = \"县.anpingbundle/plugins/first-v1.wasm\""), "{}", town.lock());
    done(&town.check(&["--bundle", &carried]));
    // The lock finds it in the bundle.
    done(&town.check(&[]));
    fs::remove_file(&carried).expect("the bundle");
    refused(&town.check(&[]), "没有找到(县.anpingbundle/plugins/first-v1.wasm)");
}

#[test]
fn a_bundle_is_opened_without_the_trust_of_its_sender() {
    let county = Office::new();
    let bundle = packed(&county);
    let town = Office::new();
    let folder = town.at("工作区");
    let opened = town.anping(&["bundle", "open", &bundle, &folder, "--lock", &town.at("anping.lock")]);
    done(&opened);
    assert!(
        opened.out.contains(&format!("anping plugin accept {folder}/plugins/first-v1.wasm --lock")),
        "{}",
        opened.out
    );
    assert!(Path::new(&folder).join("调整单.toml").is_file());
    assert!(!Path::new(&folder).join("anping.lock").exists());
    // Again: the same files are there already.
    done(&town.anping(&["bundle", "open", &bundle, &folder, "--lock", &town.at("anping.lock")]));
    town.write("工作区/anping.toml", b"schema = 1\n");
    let ran = town.anping(&["bundle", "open", &bundle, &folder, "--lock", &town.at("anping.lock")]);
    assert_eq!(ran.exit, Exit::Output, "{}", ran.err);
}

#[test]
fn what_cannot_be_packed_or_read_is_told() {
    let office = Office::new();
    let plugin = office.copy(&fixture("v1.wasm"), "v1.wasm");
    let out = office.at("x.anpingbundle");
    refused(&office.anping(&["bundle", "-o", &out, "--plugin", &plugin]), "未在 anping.lock 中接受");
    assert!(!Path::new(&out).exists());
    for (args, exit) in [
        (vec!["bundle", "-o", &*out], Exit::Usage),
        (vec!["bundle", "-o", &*plugin], Exit::Usage),
        (vec!["bundle"], Exit::Usage),
        (vec!["bundle", "verify", &*plugin], Exit::Input),
        (vec!["bundle", "open", &*plugin, &*out], Exit::Input),
    ] {
        let ran = office.anping(&args);
        assert_eq!(ran.exit, exit, "{args:?} {}{}", ran.out, ran.err);
    }
    assert_eq!(office.check(&["--bundle", &plugin]).exit, Exit::Input);
}
