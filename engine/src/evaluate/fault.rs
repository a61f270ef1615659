//! What a plugin can do wrong, and the sentence for each, in Chinese and in English.
//! Knows no wasm: `inspect` and `sandbox` tell which it was.

use std::fmt;

use super::limits;
use super::recheck::Violation;
use crate::model::PluginFault;

/// What a plugin did wrong. The name of the plugin is put before it by [`Fault::of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The component is longer than it may be.
    Size(usize),
    /// The bytes are no component; what they are instead.
    Foreign(Foreign),
    /// The component breaks the rules of its own format.
    Invalid(String),
    /// A function is longer than it may be.
    Function(usize),
    /// More functions than there may be.
    Functions,
    /// A core function or block with more values than it may take or give.
    Values(usize),
    /// Functions that would take too long to compile.
    CompileWork,
    /// It imports something.
    Import(String),
    /// It exports no contract at all.
    NoContract,
    /// It was built for a later contract.
    TooNew(String),
    /// It was built for an earlier contract.
    TooOld(String),
    /// It names the contract but its functions or types are others.
    OtherTypes(String),
    /// The compiler refused it.
    NotCompiled(String),
    /// It could not be started.
    NotStarted(String),
    /// The instructions are spent.
    Fuel(u64),
    /// Its calls together took more instructions than its subjects bring; what each brings.
    Slow(u64),
    /// The clock is spent.
    Clock,
    /// It asked for more memory than there is for it.
    Memory,
    /// The machine had no memory where the limits would have allowed it some.
    HostMemory,
    /// It asked for more table elements than there are for it.
    Table,
    /// It recursed too deep.
    Stack,
    /// It returned too much.
    Result,
    /// It trapped; what the trap is called.
    Trap(String),
    /// What it returned is not a value of the contract's types.
    NotAValue(String),
    /// It describes itself in a way the contract forbids.
    Manifest(Violation),
    /// It answered in a way the contract forbids.
    Answer(Violation),
    /// It was given up after spending its limits on other subjects; what it spent.
    GivenUp(Box<Fault>),
}

/// What bytes are that are no component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Anything.
    Unknown,
    /// A core module that was not packed.
    Module,
    /// Compiled code, which is never accepted as a plugin: it would run outside the sandbox.
    Compiled,
}

impl Fault {
    /// What running into it counts for in [`limits::SPENT`]: faults that take long count.
    pub(super) fn spent(&self) -> u32 {
        match self {
            Self::Fuel(_) => 1,
            Self::Clock => limits::SPENT_CLOCK,
            _ => 0,
        }
    }

    /// The fault of a named plugin.
    pub(super) fn of(&self, plugin: &str) -> PluginFault {
        PluginFault { plugin: plugin.to_owned(), zh: self.zh(), en: self.en() }
    }

    fn zh(&self) -> String {
        match self {
            Self::Size(found) => {
                format!(
                    "文件 {} 字节,超过插件大小上限({} 字节)",
                    Thousands(*found as u64),
                    Thousands(limits::COMPONENT as u64)
                )
            }
            Self::Foreign(Foreign::Unknown) => "不是插件文件".to_owned(),
            Self::Foreign(Foreign::Module) => {
                "是未打包的 wasm 模块,请先用 anping plugin build 打包".to_owned()
            }
            Self::Foreign(Foreign::Compiled) => "是编译后的机器码,不能作为插件加载".to_owned(),
            Self::Invalid(why) => format!("插件文件不合规范:{why}"),
            Self::Function(found) => {
                format!(
                    "单个函数 {} 字节,超过上限({} 字节)",
                    Thousands(*found as u64),
                    Thousands(limits::FUNCTION as u64)
                )
            }
            Self::Functions => format!("函数个数超过上限({})", Thousands(limits::FUNCTIONS as u64)),
            Self::Values(found) => format!("函数或代码块的参数、返回值有 {found} 个,超过上限"),
            Self::CompileWork => "代码过于复杂,编译耗时会超过上限".to_owned(),
            Self::Import(name) => format!("要求引入 {name},插件不得引入任何外部功能"),
            Self::NoContract => "不是安评插件:没有导出 anping:plugin/assessor".to_owned(),
            Self::TooNew(found) => format!("按更新的接口版本 {found} 编制,本程序支持 1.0,请升级本程序"),
            Self::TooOld(found) => format!("按旧的接口版本 {found} 编制,本程序支持 1.0,请升级插件"),
            Self::OtherTypes(why) => format!("导出的函数或类型与接口 1.0 不符:{why}"),
            Self::NotCompiled(why) => format!("无法编译:{why}"),
            Self::NotStarted(why) => format!("无法启动:{why}"),
            Self::Fuel(limit) => format!("计算步数超过上限({}),疑似死循环", Thousands(*limit)),
            Self::Slow(limit) => format!("平均每个对象的计算步数超过上限({})", Thousands(*limit)),
            Self::Clock => format!("运行时间超过上限({} 秒)", limits::CALL_SECONDS),
            Self::Memory => format!("内存超过上限({} MiB)", limits::MEMORY >> 20),
            Self::HostMemory => "本机内存不足".to_owned(),
            Self::Table => format!("表元素超过上限({})", Thousands(limits::TABLE_ELEMENTS as u64)),
            Self::Stack => format!("调用层数过深,栈超过上限({} KiB)", limits::WASM_STACK >> 10),
            Self::Result => format!("返回的结果超过上限({} MiB)", limits::RESULT >> 20),
            Self::Trap(what) => format!("异常中止({what})"),
            Self::NotAValue(why) => format!("返回的内容不合接口类型:{why}"),
            Self::Manifest(violation) => format!("自述不合约定:{}", violation.zh()),
            Self::Answer(violation) => format!("返回的结果不合约定:{}", violation.zh()),
            Self::GivenUp(why) => format!("多次超限后停用,未评估本对象;{}", why.zh()),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Size(found) => {
                format!(
                    "the file has {} bytes, the limit for a plugin is {}",
                    Thousands(*found as u64),
                    Thousands(limits::COMPONENT as u64)
                )
            }
            Self::Foreign(Foreign::Unknown) => "not a plugin".to_owned(),
            Self::Foreign(Foreign::Module) => {
                "a core wasm module, pack it with anping plugin build".to_owned()
            }
            Self::Foreign(Foreign::Compiled) => {
                "compiled machine code is not accepted as a plugin".to_owned()
            }
            Self::Invalid(why) => format!("not a valid component: {why}"),
            Self::Function(found) => {
                format!(
                    "a function has {} bytes, the limit is {}",
                    Thousands(*found as u64),
                    Thousands(limits::FUNCTION as u64)
                )
            }
            Self::Functions => format!("more than {} functions", Thousands(limits::FUNCTIONS as u64)),
            Self::Values(found) => {
                format!("a function or block takes or gives {found} values, more than it may")
            }
            Self::CompileWork => "its code is too complex: compiling it would take too long".to_owned(),
            Self::Import(name) => format!("imports {name}; a plugin imports nothing"),
            Self::NoContract => "not an anping plugin: does not export anping:plugin/assessor".to_owned(),
            Self::TooNew(found) => {
                format!("built for the later contract {found}, this program knows 1.0: update this program")
            }
            Self::TooOld(found) => {
                format!("built for the earlier contract {found}, this program knows 1.0: update the plugin")
            }
            Self::OtherTypes(why) => format!("exported functions or types differ from contract 1.0: {why}"),
            Self::NotCompiled(why) => format!("cannot be compiled: {why}"),
            Self::NotStarted(why) => format!("cannot be started: {why}"),
            Self::Fuel(limit) => {
                format!("more than {} instructions, perhaps an endless loop", Thousands(*limit))
            }
            Self::Slow(limit) => {
                format!("more than {} instructions for each subject on average", Thousands(*limit))
            }
            Self::Clock => format!("more than {} seconds", limits::CALL_SECONDS),
            Self::Memory => format!("more than {} MiB of memory", limits::MEMORY >> 20),
            Self::HostMemory => "this machine is out of memory".to_owned(),
            Self::Table => format!("more than {} table elements", Thousands(limits::TABLE_ELEMENTS as u64)),
            Self::Stack => format!("recursion too deep, more than {} KiB of stack", limits::WASM_STACK >> 10),
            Self::Result => format!("the result is larger than {} MiB", limits::RESULT >> 20),
            Self::Trap(what) => format!("stopped ({what})"),
            Self::NotAValue(why) => format!("what it returned is not of the contract's types: {why}"),
            Self::Manifest(violation) => format!("its description breaks the contract: {}", violation.en()),
            Self::Answer(violation) => format!("its result breaks the contract: {}", violation.en()),
            Self::GivenUp(why) => format!("given up, this subject was not assessed; {}", why.en()),
        }
    }
}

/// A whole number with commas between its thousands.
pub(super) struct Thousands(pub(super) u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// One clause out of an error chain of the sandbox: its innermost cause, without line breaks or
/// anything a terminal would obey, since names chosen by the plugin stand in it.
pub(super) fn clause(text: &str) -> String {
    let printable = |c: char| if super::recheck::unprintable(c) { ' ' } else { c };
    let line: String = text.chars().map(printable).take(300).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (2_000_000_000, "2,000,000,000")] {
            assert_eq!(Thousands(number).to_string(), shown);
        }
    }

    #[test]
    fn a_fault_names_plugin_and_limit() {
        let fault = Fault::Fuel(2_000_000_000).of("demo 1.0.0");
        assert_eq!(fault.plugin, "demo 1.0.0");
        assert_eq!(fault.zh, "计算步数超过上限(2,000,000,000),疑似死循环");
        assert_eq!(fault.en, "more than 2,000,000,000 instructions, perhaps an endless loop");
    }

    #[test]
    fn foreign_text_stays_on_one_line() {
        assert_eq!(clause("a\u{1b}[31m\nb\u{202e}c  d"), "a [31m b c d");
    }
}
