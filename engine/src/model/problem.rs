//! What is wrong with the input: a code, a place, what stands there, and what follows.
//! Data, never an error: a problem stops no run. Knows no workbook and prints nothing.

use super::{Lang, Place};

/// How serious a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 强制: the sender must put it right.
    Mandatory,
    /// 核实: a person must look and explain.
    Verify,
    /// 提示: logged only.
    Hint,
}

impl Severity {
    /// What a reader sees.
    pub const fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Mandatory, Lang::Zh) => "强制",
            (Self::Verify, Lang::Zh) => "核实",
            (Self::Hint, Lang::Zh) => "提示",
            (Self::Mandatory, Lang::En) => "must fix",
            (Self::Verify, Lang::En) => "verify",
            (Self::Hint, Lang::En) => "note",
        }
    }

    /// The key in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Verify => "verify",
            Self::Hint => "hint",
        }
    }
}

/// One line of the table of problem codes. `{0}`, `{1}` are the problem's `args`.
struct Spec {
    key: &'static str,
    severity: Severity,
    /// What is wrong.
    zh: &'static str,
    en: &'static str,
    /// What the program does with it, or what should stand there.
    expected_zh: &'static str,
    expected_en: &'static str,
    /// How to put it right.
    remedy_zh: &'static str,
    remedy_en: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident $key:literal $severity:ident
        zh $zh:literal => $expected_zh:literal; $remedy_zh:literal
        en $en:literal => $expected_en:literal; $remedy_en:literal)*) => {
        /// What kind of problem it is. Stable: senders and programs refer to the key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl ProblemCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn spec(self) -> Spec {
                match self {
                    $(Self::$name => Spec {
                        key: $key,
                        severity: Severity::$severity,
                        zh: $zh, en: $en,
                        expected_zh: $expected_zh, expected_en: $expected_en,
                        remedy_zh: $remedy_zh, remedy_en: $remedy_en,
                    },)*
                }
            }
        }
    };
}

codes! {
    /// The file is longer than a workbook may be.
    FileTooLarge "file_too_large" Mandatory
        zh "文件过大" => "不超过 {0}"; "删去图片或拆分后重新报送"
        en "the file is too large" => "at most {0}"; "remove pictures or split it, and send it again"
    /// The file cannot be opened or read from the disk.
    FileUnreadable "file_unreadable" Mandatory
        zh "文件无法读取" => "{0}"; "关闭正在使用该文件的程序,或重新复制一份"
        en "the file cannot be read" => "{0}"; "close the program that uses it, or copy it again"
    /// The file has no bytes.
    FileEmpty "file_empty" Mandatory
        zh "文件是空的" => "一个工作簿"; "重新导出后报送"
        en "the file is empty" => "a workbook"; "export it again and send it"
    /// The file is protected by a password.
    FileEncrypted "file_encrypted" Mandatory
        zh "工作簿有打开密码" => "无密码的工作簿"; "在表格软件中取消打开密码后重新保存报送"
        en "the workbook has a password" => "a workbook without one"; "remove the password, save and send it again"
    /// The file is cut off or damaged.
    FileDamaged "file_damaged" Mandatory
        zh "工作簿不完整或已损坏" => "{0}"; "在表格软件中打开并另存为 xlsx,重新报送"
        en "the workbook is cut off or damaged" => "{0}"; "open it, save it as xlsx and send it again"
    /// The file is not a workbook at all.
    FileForeign "file_foreign" Mandatory
        zh "不是工作簿" => "xlsx、xls、ods 或 csv;实际为 {0}"; "报送工作簿原件"
        en "not a workbook" => "xlsx, xls, ods or csv; it is {0}"; "send the workbook itself"
    /// A workbook of a format that this version does not read.
    FileFormat "file_format" Mandatory
        zh "暂不支持的工作簿格式" => "xlsx;实际为 {0}"; "在表格软件中另存为 xlsx 后重新报送"
        en "a format that is not read yet" => "xlsx; it is {0}"; "save it as xlsx and send it again"
    /// The workbook is beyond a limit that protects the run.
    FileBeyondLimit "file_beyond_limit" Mandatory
        zh "工作簿超出安全限度,未读取" => "{0}"; "只保留数据区,另存为新的 xlsx 后重新报送"
        en "the workbook is beyond a safety limit and was not read" => "{0}"; "keep the data only, save it as a new xlsx and send it again"
    /// A filing came in after its due day.
    FilingLate "filing_late" Hint
        zh "报送逾期" => "≤{0}"; "以后按期报送"
        en "filed late" => "by {0}"; "file in time"
    /// A filing that was due did not come in.
    FilingMissing "filing_missing" Verify
        zh "未报送" => "应于{0}前报送"; "补报,或说明原因"
        en "not filed" => "due by {0}"; "file it, or say why not"
    /// A later version of the same filing came in.
    SupersededVersion "superseded_version" Hint
        zh "已有后收到的版本,本件不计" => "以后收到的{0}为准"; "无需处理;两版差异见版本差异表"
        en "a later version came in; this one does not count" => "{0}, received later, counts"; "nothing to do"
    /// Two versions of the same filing, and nothing says which came later.
    VersionUnclear "version_unclear" Verify
        zh "同一报送件有多个版本,收文登记未写明先后" => "暂以{0}为准"; "在收文登记中补记收到日期,或只保留一份"
        en "several versions of a filing, and the log does not say which came later" => "{0} counts for now"; "log the day it came in, or keep one"
    /// The log lacks the filing.
    FilingUnlogged "filing_unlogged" Verify
        zh "收文登记中没有该报送件" => "登记收到日期"; "补登收文登记"
        en "the filing log lacks it" => "the day it came in"; "log it"
    /// The log has a file that is not in the inbox.
    FilingAbsent "filing_absent" Verify
        zh "收文登记的文件不在收件中" => "登记的文件在收件文件夹中"; "补入文件,或更正登记"
        en "the inbox lacks a file of the filing log" => "the file in the inbox"; "add it, or correct the log"
    /// A workbook came back from its return, and nothing is left to do.
    ReturnClosed "return_closed" Hint
        zh "退回的问题均已改正或说明" => "退回办结;上次退回 {0} 处"; "无需处理"
        en "what was returned is put right or explained" => "the return is closed; {0} problems were returned"; "nothing to do"
    /// Bytes of a text file that are no text in its encoding.
    TextBroken "text_broken" Mandatory
        zh "文字编码有误,有字无法辨认" => "UTF-8 或 GB18030 编码的文字"; "用表格软件打开原表,另存为 xlsx 后重新报送"
        en "bytes that are no text in the file's encoding" => "text in UTF-8 or GB18030"; "open the original, save it as xlsx and send it again"
    /// The same bytes came in twice.
    DuplicateFile "duplicate_file" Hint
        zh "与另一文件内容完全相同" => "只计一次;同 {0}"; "删去多余的一份"
        en "the same bytes as another file" => "counted once; as {0}"; "remove one of them"
    /// The extension does not match the content.
    WrongExtension "wrong_extension" Hint
        zh "扩展名与内容不符" => "按内容读取:{0}"; "改正扩展名"
        en "the extension does not match the content" => "read as {0}"; "correct the extension"
    /// No layout knows the workbook.
    LayoutUnknown "layout_unknown" Hint
        zh "未识别的表式,未参与本次评分" => "{0}"; "按已知表式填报,或用 anping layout propose 拟出对照卡"
        en "no layout knows this workbook; it was left out" => "{0}"; "use a known form, or let anping layout propose write a mapping card"
    /// A column or field that the layout needs is missing.
    ColumnMissing "column_missing" Mandatory
        zh "缺少必需的栏目" => "{0}"; "补上该栏后重新报送"
        en "a needed column or field is missing" => "{0}"; "add it and send the workbook again"
    /// Two columns carry the same name.
    ColumnTwice "column_twice" Verify
        zh "同名栏目出现两次" => "只用第一栏 {0}"; "删去或改名多余的一栏"
        en "a column stands twice" => "only the first counts, {0}"; "remove or rename the other"
    /// No plugin holds the checklist of this sheet.
    NoPlugin "no_plugin" Verify
        zh "没有适用的检查表插件,未评分" => "编号属于已装插件;首个编号 {0}"; "安装对应插件后重新运行"
        en "no plugin holds this checklist; not scored" => "codes of an installed plugin; the first is {0}"; "install the plugin and run again"
    /// The unit is not in the register.
    UnitUnknown "unit_unknown" Verify
        zh "企业名录中没有该单位" => "名录中的单位"; "核对名称和信用代码,或补入名录"
        en "the register lacks this unit" => "a unit of the register"; "check name and credit code, or add it to the register"
    /// The name fits more than one enterprise.
    NameAmbiguous "name_ambiguous" Verify
        zh "名称对应多家企业,未归并" => "{0}"; "填写全称和统一社会信用代码"
        en "the name fits more than one enterprise; not merged" => "{0}"; "write the full name and the credit code"
    /// What a person decided about a name cannot be used.
    AliasUnclear "alias_unclear" Verify
        zh "归属确认表的归属无法采用" => "{0}"; "填写名录中的编号或全称,同一名称只填一种归属"
        en "what the table of names says cannot be used" => "{0}"; "write number or name from the register, one owner a name"
    /// The name differs from the register's.
    NameVariant "name_variant" Hint
        zh "名称与名录不一致" => "{0}"; "按名录全称填写"
        en "the name differs from the register" => "{0}"; "write the registered name"
    /// The credit code's check character is wrong.
    UsccCheckDigit "uscc_check_digit" Verify
        zh "统一社会信用代码校验位不符" => "校验位不符,{0}"; "对照营业执照更正"
        en "the credit code's check character is wrong" => "a wrong code identifies nobody"; "correct it from the business licence"
    /// Two enterprises of the register share a credit code.
    CodeTwice "code_twice" Mandatory
        zh "两家企业的信用代码相同" => "一企一码;另见 {0}"; "对照营业执照更正"
        en "two enterprises share a credit code" => "one code an enterprise; also {0}"; "correct it from the business licence"
    /// The credit code has lower-case letters or spaces.
    CodeCaseSpace "code_case_space" Hint
        zh "信用代码含小写字母或空格" => "{0}"; "改为大写并去掉空格"
        en "the credit code has lower case or spaces" => "{0}"; "use upper case without spaces"
    /// An identifier was typed as a number and has lost digits.
    DigitsLost "digits_lost" Mandatory
        zh "号码以数字保存,末位已丢失" => "文本格式的完整号码"; "将单元格设为文本后重新填写"
        en "a number stored as a numeric value has lost its last digits" => "the whole number as text"; "format the cell as text and type it again"
    /// A date is missing.
    DateMissing "date_missing" Mandatory
        zh "缺少日期" => "年-月-日"; "补填日期"
        en "a date is missing" => "year-month-day"; "fill it in"
    /// A date is written as text.
    DateText "date_text" Hint
        zh "日期为文本" => "{0}"; "设为日期格式"
        en "a date as text" => "{0}"; "use a date format"
    /// A date is a bare serial number.
    DateSerial "date_serial" Hint
        zh "日期为序列数" => "{0}"; "设为日期格式"
        en "a date as a serial number" => "{0}"; "use a date format"
    /// A date without a year.
    DateNoYear "date_no_year" Hint
        zh "日期没有年份" => "{0}"; "补全年份"
        en "a date without a year" => "{0}"; "add the year"
    /// A day that is not in the calendar.
    DateInvalid "date_invalid" Mandatory
        zh "不存在的日期" => "{0}"; "更正日期"
        en "no such day" => "a day of the calendar"; "correct the date"
    /// A date that can be read in more than one way.
    DateAmbiguous "date_ambiguous" Verify
        zh "日期有多种读法,按空白处理" => "{0}"; "按 年-月-日 填写"
        en "the date can be read in more than one way; taken as blank" => "year-month-day"; "write year-month-day"
    /// Full-width digits.
    FullWidthDigits "full_width_digits" Hint
        zh "全角数字" => "{0}"; "改为半角"
        en "full-width digits" => "{0}"; "use half-width digits"
    /// A number in Chinese numerals.
    ChineseNumeral "chinese_numeral" Hint
        zh "汉字数字" => "{0}"; "改为阿拉伯数字"
        en "Chinese numerals" => "{0}"; "use digits"
    /// A quantity in kilograms in a column of tonnes.
    UnitKgInT "unit_kg_in_t" Hint
        zh "吨栏填写了千克" => "{0}"; "换算为吨"
        en "kilograms in a column of tonnes" => "{0}"; "convert to tonnes"
    /// An amount in 元 in a column of 万元, with its unit.
    UnitTextConverted "unit_text_converted" Hint
        zh "万元栏填写了元,已换算" => "{0}"; "换算为万元"
        en "an amount in 元 in a column of 万元, converted" => "{0}"; "convert it to 万元"
    /// A number so large that a column of 万元 must have been filled in 元.
    UnitYuanInWan "unit_yuan_in_wan" Mandatory
        zh "金额过大,疑似万元栏填写了元;更正前不计入" => "{0}"; "换算为万元,或说明金额属实"
        en "too large an amount in 万元, taken for 元; not counted until corrected" => "{0}"; "convert it to 万元, or confirm the amount"
    /// Text that is not a number where one is wanted.
    NumberInvalid "number_invalid" Mandatory
        zh "不是数字" => "数字"; "填写数字"
        en "not a number" => "a number"; "write a number"
    /// A negative number where none can be.
    NumberNegative "number_negative" Mandatory
        zh "数字为负" => "不小于 0"; "更正数字"
        en "a negative number" => "not below 0"; "correct it"
    /// A formula that was never calculated.
    FormulaUncalculated "formula_uncalculated" Verify
        zh "公式未计算,按空白处理" => "计算后的数值"; "在表格软件中打开、重算并保存"
        en "a formula that was never calculated; taken as blank" => "its value"; "open, recalculate and save the workbook"
    /// An error value such as #N/A.
    CellError "cell_error" Mandatory
        zh "单元格为错误值,按空白处理" => "正常的值"; "改正公式或填写数值"
        en "an error value; taken as blank" => "a value"; "correct the formula or type the value"
    /// Text that begins like a formula.
    FormulaText "formula_text" Verify
        zh "文本以等号开头,按文本处理" => "{0}"; "核对是否误贴公式"
        en "text that begins like a formula; taken as text" => "plain text"; "check whether a formula was pasted"
    /// A hidden row with data.
    HiddenRow "hidden_row" Hint
        zh "隐藏行中有数据,已计入" => "照常计入"; "取消隐藏或删去"
        en "a hidden row holds data; it counts" => "no hidden data rows"; "unhide or delete it"
    /// More hints of one kind on a sheet than are told one by one.
    HintsCut "hints_cut" Hint
        zh "同类提示过多,其余未逐格列出" => "只列前 {0} 处"; "按已列出的各处同样处理"
        en "more hints of one kind than are listed" => "the first {0} are listed"; "treat the others like them"
    /// A hidden column with data.
    HiddenColumn "hidden_column" Hint
        zh "隐藏列中有数据,已计入" => "显示全部数据列"; "取消隐藏或删去"
        en "a hidden column holds data; it counts" => "no hidden data columns"; "unhide or delete it"
    /// The verdict is empty.
    VerdictBlank "verdict_blank" Verify
        zh "检查结果为空" => "按未查计0分"; "填写 符合、不符合、不涉及 或 未查"
        en "the verdict is blank" => "taken as not checked, 0 points"; "write 符合, 不符合, 不涉及 or 未查"
    /// The verdict is not one of the known words.
    VerdictUnknown "verdict_unknown" Mandatory
        zh "检查结果无法识别" => "按未查计0分"; "填写 符合、不符合、不涉及 或 未查"
        en "the verdict is not a known word" => "taken as not checked, 0 points"; "write 符合, 不符合, 不涉及 or 未查"
    /// Passed, with a deduction.
    VerdictContradiction "verdict_contradiction" Verify
        zh "结果为符合却有扣分" => "按扣分{0}计"; "核对结果或扣分"
        en "passed, but with a deduction" => "the deduction of {0} counts"; "check the verdict or the deduction"
    /// Failed, without a deduction.
    DeductBlank "deduct_blank" Verify
        zh "不符合而未填扣分" => "按标准分全扣{0}"; "填写扣分"
        en "failed, without a deduction" => "all {0} points are lost"; "fill in the deduction"
    /// The deduction exceeds the item's points.
    DeductOverPoints "deduct_over_points" Verify
        zh "扣分超过标准分" => "扣完为止{0}"; "核对扣分"
        en "the deduction exceeds the item's points" => "cut off at {0}"; "check the deduction"
    /// A deduction on an item that was not applicable or not checked.
    DeductIgnored "deduct_ignored" Verify
        zh "不涉及或未查的项填有扣分,不计" => "不扣分"; "核对结果或删去扣分"
        en "a deduction on an item that does not apply or was not checked; ignored" => "no deduction"; "check the verdict or remove the deduction"
    /// The sheet's points differ from the checklist's.
    PointsChanged "points_changed" Mandatory
        zh "标准分与检查表不一致" => "以检查表定义{0}分为准"; "改回检查表的标准分"
        en "the points differ from the checklist" => "the checklist's {0} points hold"; "put the checklist's points back"
    /// The checklist lacks the code.
    UnknownItem "unknown_item" Mandatory
        zh "检查项编号不在检查表中" => "检查表中无此编号,不计分"; "核对编号"
        en "the checklist lacks this code" => "not scored"; "check the code"
    /// The item stands twice on the sheet.
    ItemTwice "item_twice" Mandatory
        zh "同一检查项出现两次" => "只计第一次 {0}"; "删去重复行"
        en "an item stands twice" => "only the first counts, {0}"; "remove the repeated row"
    /// The item does not apply to this kind of enterprise.
    ItemNotApplicable "item_not_applicable" Verify
        zh "该类企业不适用此检查项,仍按填报计分" => "{0}"; "核对企业类别,或改为不涉及"
        en "the item does not apply to this kind of enterprise; scored as filed" => "{0}"; "check the kind, or write 不涉及"
    /// Items that apply are not on the sheet.
    ItemMissing "item_missing" Verify
        zh "适用的检查项没有列在表上" => "{0}"; "用完整的检查表补查,或说明原因"
        en "items that apply are not on the sheet" => "{0}"; "use the whole checklist, or say why they are missing"
    /// The level of hazard is empty.
    LevelBlank "level_blank" Hint
        zh "隐患等级为空" => "{0}"; "填写 一般 或 重大"
        en "the level of hazard is blank" => "{0}"; "write 一般 or 重大"
    /// The text meets a criterion of major hazards, but is typed general.
    LevelKeywordMajor "level_keyword_major" Verify
        zh "描述疑似重大隐患,等级填为一般" => "疑似重大({0}),不得自动升级"; "按判定标准认定等级"
        en "the text resembles a major hazard, but is typed general" => "perhaps major ({0}); never raised automatically"; "decide the level by the criteria"
    /// Several numbered hazards in one cell.
    MultiHazardCell "multi_hazard_cell" Hint
        zh "一格内有多条隐患" => "拆为{0}条隐患"; "一行填一条"
        en "several hazards in one cell" => "split into {0}"; "write one in a row"
    /// Put right before it was found.
    ClosingDateOrder "closing_date_order" Verify
        zh "完成日期早于排查日期" => "完成日期早于排查日期,销号退回"; "核对两个日期,更正后重新报送"
        en "put right before it was found" => "the closing is refused: the day of completion is before the day of discovery"; "check both days and send it again"
    /// What a department typed for a month is not what the ledger has for it.
    DeptTotalMismatch "dept_total_mismatch" Verify
        zh "部门填报数与台账不符,以台账为准" => "{0}"; "核对台账中监管部门为本部门的隐患,更正季报或说明差异"
        en "the department's count differs from the ledger, which prevails" => "{0}"; "check the hazards of the ledger under this department, then correct the return or explain"
    /// No picture after.
    ClosingNoAfterPhoto "closing_no_after_photo" Verify
        zh "缺整改后照片" => "缺整改后照片,销号退回"; "补整改后的照片"
        en "no picture after" => "the closing is refused: no picture after"; "add a picture of the state afterwards"
    /// The picture after is the picture before.
    ClosingIdenticalPhoto "closing_identical_photo" Verify
        zh "整改前后照片相同" => "整改前后为同一照片,销号退回"; "补整改后的照片"
        en "the picture after is the picture before" => "the closing is refused: the picture after is the picture before"; "add a picture of the state afterwards"
    /// Who put it right checked it again.
    ClosingSamePerson "closing_same_person" Verify
        zh "整改责任人自行复查" => "整改责任人与复查人为同一人,销号退回"; "由另一人复查后填写复查人"
        en "the responsible person checked it again" => "the closing is refused: the responsible person and the re-checker are the same"; "let another person check it"
    /// Two entries of one hazard give different deadlines.
    DeadlineConflict "deadline_conflict" Hint
        zh "同一隐患两处期限不同" => "{0}"; "与上级检查的期限保持一致"
        en "two deadlines for one hazard" => "{0}"; "use the deadline of the higher source"
    /// An extension of a deadline that is not accepted.
    ExtensionRefused "extension_refused" Verify
        zh "延期未被采用" => "{0}"; "补填延期审批人,或更正延期日期"
        en "an extension of the deadline is not accepted" => "{0}"; "say who approved it, or correct the day"
    /// A row that an earlier year left does not say who found the hazard.
    FinderUnknown "finder_unknown" Verify
        zh "结转隐患的发现来源无法识别" => "{0};暂按{1}计"; "填写其中一种来源"
        en "a hazard that an earlier year left: who found it is not a known word" => "{0}; {1} for now"; "write one of them"
    /// Two entries may be one hazard; nobody has decided.
    MergeUndecided "merge_undecided" Hint
        zh "疑似重复隐患,尚未复核,暂按两条计" => "可能与“{0}”是同一隐患"; "在合并复核单中填写决定,放回收件文件夹"
        en "perhaps the same hazard as another, counted as two until decided" => "perhaps the same as \"{0}\""; "answer it in the review workbook and drop that into the inbox"
    /// A decision about a pair that cannot be used.
    MergeDecisionUnused "merge_decision_unused" Verify
        zh "合并复核决定未采用" => "{0}"; "核对文件、行和决定"
        en "a decision to merge was not used" => "{0}"; "check the file, the row and the decision"
    /// So many hazards of one unit and place that not all are compared.
    HazardsTooMany "hazards_too_many" Verify
        zh "同一单位同一部位隐患过多,未全部比对" => "共{0}条,每条只与相邻的{1}条比对是否疑似重复"; "核对是否重复登记"
        en "too many hazards of one unit and place to compare all" => "of {0} each is compared with {1} neighbours"; "check whether they are the same"
    /// The level of hazard is not a known word.
    LevelUnknown "level_unknown" Verify
        zh "隐患等级无法识别" => "一般 或 重大"; "填写 一般 或 重大"
        en "the level of hazard is not a known word" => "一般 or 重大"; "write 一般 or 重大"
    /// Two sheets of the same enterprise, plugin and day.
    DuplicateCheck "duplicate_check" Verify
        zh "同一单位同日有两份检查表" => "另见 {0}"; "只保留一份"
        en "two check sheets of one unit and day" => "also {0}"; "keep one of them"
    /// The CAS number's check digit is wrong.
    CasCheckDigit "cas_check_digit" Verify
        zh "CAS 号校验位不符" => "CAS校验位不符;按名称“{0}”匹配"; "对照安全技术说明书更正"
        en "the CAS number's check digit is wrong" => "matched by the name {0}"; "correct it from the safety data sheet"
    /// Numbers of a return or report that cannot all be true.
    NumbersImpossible "numbers_impossible" Mandatory
        zh "数字之间不可能同时成立" => "{0}"; "核对两处数字,更正后重新报送"
        en "numbers that cannot all be true" => "{0}"; "compare both, correct them and send it again"
    /// Numbers of a return or report that do not agree, though they might be true.
    NumbersDisagree "numbers_disagree" Verify
        zh "数字之间对不上" => "{0}"; "核对两处数字,更正或说明差异"
        en "numbers that do not agree" => "{0}"; "compare both, correct them or explain"
    /// Numbers of a return or report that are worth a look.
    NumbersOdd "numbers_odd" Hint
        zh "数字异常,请留意" => "{0}"; "核对"
        en "numbers worth a look" => "{0}"; "look at them"
    /// A typed total differs from what it adds up.
    TotalMismatch "total_mismatch" Mandatory
        zh "合计与各项之和不符,以各项为准" => "{0}"; "更正合计或各项"
        en "a total differs from the sum of its items; the items prevail" => "{0}"; "correct the total or the items"
    /// More hazards put right than found.
    FixedGtFound "fixed_gt_found" Mandatory
        zh "已整改数大于排查数" => "≤{0}"; "更正两数"
        en "more put right than found" => "at most {0}"; "correct the numbers"
    /// A rate above 100 per cent.
    RateOver100 "rate_over_100" Mandatory
        zh "整改率超过100%" => "{0}"; "更正整改数和整改率"
        en "a rate above 100 per cent" => "{0}"; "correct the numbers and the rate"
    /// A typed rate differs from the recomputed one.
    RateMismatch "rate_mismatch" Mandatory
        zh "整改率与重算结果不符" => "{0}"; "更正整改率"
        en "the rate differs from the recomputed one" => "{0}"; "correct the rate"
    /// The summary's count differs from the number of rows listed.
    CountMismatch "count_mismatch" Verify
        zh "汇总数与清单行数不符,台账以清单为准" => "{0}"; "核对后更正汇总或清单"
        en "the summary's count differs from the list; the list prevails" => "{0}"; "correct the summary or the list"
    /// Several returns in a row without a hazard.
    ZeroStreak "zero_streak" Verify
        zh "连续零报告" => "附情况说明"; "说明排查情况"
        en "returns without a hazard, one after another" => "an explanation"; "explain what was inspected"
    /// The same description at several units, or on several days.
    SignalCopiedText "signal_copied_text" Hint
        zh "多处隐患描述相同" => "提示,不作结论;涉及:{0}"; "核对是否逐家检查、逐条记录;确属同类隐患的无需处理"
        en "the same description in several rows" => "a signal, no finding; it concerns {0}"; "check whether each was looked at; one fault may well be common"
    /// Nearly all sheets of somebody passed in everything.
    SignalAllPass "signal_all_pass" Hint
        zh "检查结果几乎全部符合" => "提示,不作结论;涉及:{0}"; "抽查其中几家;情况属实的无需处理"
        en "nearly all checks passed in everything" => "a signal, no finding; it concerns {0}"; "look at some of them again"
    /// One person at many units in little time.
    SignalManyPlaces "signal_many_places" Hint
        zh "短时间内检查多个单位" => "提示,不作结论;涉及:{0}"; "核对检查日期、时间和检查人是否按实填写"
        en "many units checked in little time" => "a signal, no finding; it concerns {0}"; "check days, times and inspectors"
    /// Nothing found by the enterprise itself, several hazards by others.
    SignalSelfFound "signal_self_found" Hint
        zh "自查未发现隐患而其他检查有发现" => "提示,不作结论;涉及:{0}"; "了解自查是如何开展的"
        en "nothing found by its own checks, several hazards by others" => "a signal, no finding; it concerns {0}"; "ask how the enterprise checks itself"
    /// One picture as evidence of several hazards, or before and after.
    SignalSharedPicture "signal_shared_picture" Verify
        zh "同一照片用于多处" => "请说明照片与隐患的对应关系;涉及:{0}"; "核对照片是否放错;更换照片或附情况说明"
        en "one picture stands in several places" => "say which hazard it shows; it concerns {0}"; "check whether it was put in the wrong row"
    /// Last year's form.
    OldTemplate "old_template" Verify
        zh "标题年份与填报期不符,疑似沿用旧表;数据按栏名取用" => "{0}"; "改用本期表样,核对数据"
        en "the title's year is not the period's, perhaps an old form; columns are found by name" => "{0}"; "use this period's form and check the data"
    /// A certificate that ends before the assessment does.
    CertificateExpired "certificate_expired" Verify
        zh "标准化证书在考核截止日前到期" => "未达标"; "核对证书,续期后更新名录"
        en "the certificate ends before the end of the year assessed" => "no level"; "check the certificate and update the register"
    /// A bonus without the document it rests on.
    BonusNoEvidence "bonus_no_evidence" Verify
        zh "加分无依据" => "无依据文号,不计分"; "补填依据文号,或撤回申报"
        en "a bonus without a document" => "no document, not counted"; "give the document's number, or withdraw it"
    /// A bonus for a matter that has a higher one.
    BonusDuplicate "bonus_duplicate" Hint
        zh "同一事项重复加分" => "同一事项取最高分,本条不计"; "无需处理"
        en "a second bonus for one matter" => "the highest counts, this one does not"; "nothing to do"
    /// Bonuses beyond the limit.
    BonusCap "bonus_cap" Hint
        zh "加分超过上限" => "封顶{0}"; "无需处理"
        en "bonuses beyond the limit" => "at most {0}"; "nothing to do"
    /// A line of the table of bonuses that cannot be used.
    BonusUnclear "bonus_unclear" Verify
        zh "加减分无法采用,未计" => "{0}"; "更正后重新运行"
        en "a bonus or penalty that cannot be used; not counted" => "{0}"; "correct it and run again"
    /// An accident that the verified sheet does not show.
    CrossAccident "cross_accident" Verify
        zh "核查表与事故台账不符,分数不改" => "事故台账{0}"; "核对核查表与事故台账"
        en "the verified sheet does not show an accident; the score is not changed" => "an accident in the records: {0}"; "compare sheet and records"
    /// An accident of which it is not known whether it disqualifies.
    AccidentUnclear "accident_unclear" Verify
        zh "事故记录不完整,暂不据以否决" => "{0}"; "补全事故台账"
        en "an accident's record is not complete; it does not disqualify yet" => "{0}"; "complete the record"
    /// A unit of the assessment that nobody knows.
    AssessedUnitUnknown "assessed_unit_unknown" Verify
        zh "组织机构中没有该考核对象,未采用" => "组织机构中的村(居)或部门"; "核对编号和名称,或补入组织机构"
        en "the organisation lacks this unit; not used" => "a village or department of the organisation"; "check number and name, or add it"
    /// Number and name of a unit belong to different units.
    AssessedUnitUnclear "assessed_unit_unclear" Mandatory
        zh "编号与名称不是同一考核对象,未采用" => "{0}"; "更正编号或名称"
        en "number and name are those of different units; not used" => "{0}"; "correct one of them"
    /// A unit without a verified sheet, or without a quarter's score.
    AssessmentIncomplete "assessment_incomplete" Verify
        zh "考核材料不全,该对象未评定" => "{0}"; "补齐后重新运行"
        en "something is missing; the unit has no final score" => "{0}"; "add it and run again"
    /// Two sheets of one unit and stage.
    AssessmentTwice "assessment_twice" Mandatory
        zh "同一考核对象有两份同类材料" => "只计第一份 {0}"; "只保留一份"
        en "two sheets of one unit and stage" => "only the first counts, {0}"; "keep one of them"
    /// A score or points out of range.
    AssessmentRange "assessment_range" Mandatory
        zh "分值超出范围,未采用" => "{0}"; "更正分值"
        en "a score out of range; not used" => "{0}"; "correct it"
    /// Points earned that differ from the item's points less the deduction.
    LineMismatch "line_mismatch" Verify
        zh "考核得分与标准分减扣分不符,以后者为准" => "{0}"; "更正得分或扣分"
        en "the points earned differ from points less deduction, which prevail" => "{0}"; "correct one of them"
    /// An objection that cannot be used.
    ObjectionUnclear "objection_unclear" Verify
        zh "异议处理记录不完整,未采用" => "{0}"; "补全记录"
        en "the record of an objection is not complete; not used" => "{0}"; "complete it"
    /// An objection whose new score is not the old one with the points given back.
    ObjectionMismatch "objection_mismatch" Verify
        zh "调整后得分与原得分加调整分值不符,以调整后得分为准" => "{0}"; "核对调整分值和调整后得分"
        en "the adjusted score is not the old one with the points given back; it holds all the same" => "{0}"; "check both"
    /// Control indicators that were split beyond what was set above.
    ControlSplit "control_split" Verify
        zh "分解的控制指标之和超过上级指标" => "不少于分解之和;{0}"; "核对分解表,调整上级指标或分解数"
        en "control indicators are split beyond what was set above" => "not below their sum; {0}"; "check the table and adjust either"
    /// A level of standardization that the ladder has not.
    LadderLevel "ladder_level" Verify
        zh "标准化等级不在等级阶梯中,按无有效等级计" => "{0}"; "更正企业名录,或在调整单中设 standardization.levels"
        en "a level of standardization that the ladder has not; counted as none" => "{0}"; "correct the register, or set standardization.levels"
    /// A level of standardization without the day until which the certificate holds.
    CertificateDay "certificate_day" Verify
        zh "标准化证书没有有效期,按无有效等级计" => "有效期截止日"; "补填证书有效期"
        en "no day until which the certificate of standardization holds; counted as no level" => "the last day of the certificate"; "add it"
    /// A unit of the level below has not sent a report that it owes.
    RollupMissing "rollup_missing" Mandatory
        zh "应报单位未报送,汇总缺该单位" => "{0}"; "催报后重新汇总,或更正组织机构中的起止日期"
        en "a unit below has not sent a report; the sums are without it" => "{0}"; "get the report and run again, or correct the organisation's dates"
    /// A unit of the level below has sent a report twice.
    RollupTwice "rollup_twice" Mandatory
        zh "同一单位的同一报表有两份,未计入本份" => "只计 {0}"; "只保留一份后重新汇总"
        en "two copies of one report of one unit; this one is not counted" => "only {0} counts"; "keep one of them"
    /// It is not known whose report it is, or it is of no member.
    RollupSender "rollup_sender" Mandatory
        zh "报送单位无法确认,或截止日不属于本级,未计入" => "{0}"; "核对所在文件夹、填报单位和组织机构"
        en "not known whose report it is, or of no member on that day; not counted" => "{0}"; "check folder, sender and organisation"
    /// A report is of another day than the others.
    RollupDay "rollup_day" Mandatory
        zh "截止日期与汇总日期不同,未计入" => "{0}"; "按汇总日期重新报送"
        en "a report of another day; not counted" => "{0}"; "send the report of the day"
    /// A row of a report that cannot be added up.
    RollupLine "rollup_line" Verify
        zh "该行不能按表式汇总" => "{0}"; "按表式更正该行"
        en "a row that cannot be added up as the form says" => "{0}"; "correct the row"
    /// A workbook that is no report which is added up.
    RollupUnknown "rollup_unknown" Verify
        zh "不是可汇总的报表,未计入" => "{0}"; "按表式填报;无关文件请移出"
        en "no report that is added up; left out" => "{0}"; "use the form; take out what does not belong here"
    /// A number that a report leaves empty.
    RollupBlank "rollup_blank" Hint
        zh "该格未填,汇总后的数不完整,留空" => "{0}"; "由报送单位补填,没有的填 0"
        en "an empty number; the sum is not known and stays empty" => "{0}"; "fill it in, 0 where there is none"
    /// A number entered by hand without what must be known of it.
    ByHandIncomplete "by_hand_incomplete" Mandatory
        zh "手工补录缺少必填内容,未采用" => "应填写{0}"; "补填后重新运行"
        en "a number entered by hand lacks what must be known of it; not used" => "{0} must be given"; "fill it in and run again"
    /// A number entered by hand where the program knows one.
    ByHandKnown "by_hand_known" Verify
        zh "手工补录处已有按收件算得的数字,以算得的为准" => "{0}"; "核对收件中的来源;确有差异的更正来源,不用补录覆盖"
        en "a number entered by hand where the inbox gives one, which prevails" => "{0}"; "correct the source, not the report"
    /// A number entered by hand that fits no report, row or column, or cannot be used there.
    ByHandUnused "by_hand_unused" Verify
        zh "手工补录不能采用" => "{0}"; "按所列内容更正后重新运行"
        en "a number entered by hand that cannot be used" => "{0}"; "correct it and run again"
    /// A row entered by hand that lacks numbers.
    ByHandBlank "by_hand_blank" Verify
        zh "手工补录的新增行缺栏目,留空,合计也留空" => "{0}"; "补录所缺栏目,没有的填 0"
        en "a row entered by hand lacks numbers; they and their totals stay empty" => "{0}"; "enter them, 0 where there is none"
    /// A subject that two lists claim for the same day.
    RollupSubjectTwice "rollup_subject_twice" Mandatory
        zh "同一信用代码的单位同时列在两处,未归并" => "同一天只属一个下级单位;另见 {0}"; "核对归属;迁出的填注销日期,迁入的填新增日期"
        en "one credit code stands in two lists on the same day; not merged" => "one list a day; also {0}"; "check whose it is; write when it left and when it came"
    /// Why numbers do not agree, as a unit below says.
    RollupNote "rollup_note" Hint
        zh "下级报表附有差异说明" => "随汇总留存"; "核对说明是否成立"
        en "a report from below explains why its numbers do not agree" => "kept with the sums"; "check whether it holds"
    /// What a plugin wants a person to look at.
    PluginNote "plugin_note" Verify
        zh "规则提示" => "{0}"; "按提示核对"
        en "a note of the rules" => "{0}"; "check it"
    /// A plugin could not judge this subject.
    SubjectFailed "subject_failed" Mandatory
        zh "无法评定" => "{0}"; "按提示更正后重新运行"
        en "cannot be assessed" => "{0}"; "correct it and run again"
    /// A plugin failed.
    PluginFailed "plugin_failed" Mandatory
        zh "插件故障,该对象未评定" => "{0}"; "联系插件作者,或更换插件版本"
        en "a plugin failed; this subject was not assessed" => "{0}"; "ask the plugin's author, or use another version"
}

impl ProblemCode {
    /// The stable key.
    pub const fn key(self) -> &'static str {
        self.spec().key
    }

    /// How serious it is.
    pub const fn severity(self) -> Severity {
        self.spec().severity
    }

    /// What is wrong.
    pub const fn title(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.spec().zh,
            Lang::En => self.spec().en,
        }
    }

    /// How to put it right.
    pub const fn remedy(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.spec().remedy_zh,
            Lang::En => self.spec().remedy_en,
        }
    }
}

/// Something wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// Where.
    pub at: Place,
    /// What kind.
    pub code: ProblemCode,
    /// The column or field, as its header reads; empty where none.
    pub column: String,
    /// What stands there; empty for an empty cell.
    pub found: String,
    /// What goes into the places of the code's `expected`.
    pub args: Vec<String>,
    /// What it is about beside the place, e.g. the item's code; empty where nothing.
    pub note: String,
    /// What the sender says about it, after it was returned; empty where nothing.
    pub explanation: String,
}

impl Problem {
    /// A problem with its place; the rest is empty.
    pub fn new(code: ProblemCode, at: impl Into<Place>) -> Self {
        Self {
            at: at.into(),
            code,
            column: String::new(),
            found: String::new(),
            args: Vec::new(),
            note: String::new(),
            explanation: String::new(),
        }
    }

    /// What stands there.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = found.into();
        self
    }

    /// The next place of `expected`.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// The column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = column.into();
        self
    }

    /// What it is about.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// How serious it is.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What it is about, and what the sender says about it.
    pub fn remark(&self) -> String {
        match (self.note.as_str(), self.explanation.as_str()) {
            (note, "") => note.to_owned(),
            ("", explanation) => format!("情况说明:{explanation}"),
            (note, explanation) => format!("{note};情况说明:{explanation}"),
        }
    }

    /// Whether the sender still has something to do: put it right, or explain what is to be verified.
    pub fn is_open(&self) -> bool {
        match self.severity() {
            Severity::Mandatory => true,
            Severity::Verify => self.explanation.is_empty(),
            Severity::Hint => false,
        }
    }

    /// What should stand there, or what the program does with it.
    pub fn expected(&self, lang: Lang) -> String {
        let template = match lang {
            Lang::Zh => self.code.spec().expected_zh,
            Lang::En => self.code.spec().expected_en,
        };
        fill(template, &self.args)
    }
}

/// Puts parameters into the places `{0}`, `{1}` … of a sentence. A place without a parameter
/// stays as it is; braces in a parameter are not read again.
pub fn fill(template: &str, args: &[impl AsRef<str>]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let place = after.find('}').and_then(|close| Some((close, after[..close].parse::<usize>().ok()?)));
        match place.and_then(|(close, index)| Some((close, args.get(index)?))) {
            Some((close, arg)) => {
                filled.push_str(arg.as_ref());
                rest = &after[close + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_are_unique() {
        let keys: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.key()).collect();
        assert_eq!(keys.len(), ProblemCode::ALL.len());
    }

    #[test]
    fn places_are_filled_once() {
        for (template, args, filled) in [
            ("扣{0}分", vec!["2"], "扣2分"),
            ("{1}、{0}", vec!["a", "b"], "b、a"),
            ("{0}", vec!["{1}", "x"], "{1}"),
            ("{2} {x} {", vec!["a"], "{2} {x} {"),
        ] {
            assert_eq!(fill(template, &args), filled);
        }
    }
}
