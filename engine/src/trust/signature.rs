//! Signatures of minisign: whether a file was signed by a trusted key. The only caller of
//! `minisign_verify`. Knows no plugin: bytes, a signature and keys in, the signer out.

use std::fmt;

use minisign_verify::{Error, PublicKey, Signature};

use super::{TrustedKey, shown};

/// What follows the name of a file in the name of its signature.
pub const SIGNATURE_SUFFIX: &str = ".minisig";

/// The longest signature file, in bytes; ours have four lines and below 400 bytes.
pub const MAX_SIGNATURE_BYTES: u64 = 4 << 10;

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// The file is no signature of minisign.
    Unreadable,
    /// It was made with a key that nobody trusts here.
    UnknownKey,
    /// It was not made for these bytes, although it names the key of this name.
    Wrong(String),
}

impl SignatureFault {
    /// In Chinese, in one clause.
    pub fn zh(&self) -> String {
        match self {
            Self::Unreadable => "签名文件不是 minisign 签名".to_owned(),
            Self::UnknownKey => {
                "签名所用公钥未受信任;向签发单位核对公钥后运行 anping plugin trust 公钥 --name 单位"
                    .to_owned()
            }
            Self::Wrong(name) => format!("签名与文件不符:文件不是“{name}”签发时的内容"),
        }
    }

    /// In English, in one clause.
    pub fn en(&self) -> String {
        match self {
            Self::Unreadable => "the signature file is no minisign signature".to_owned(),
            Self::UnknownKey => "signed with a key that is not trusted; ask its owner for the key and run \
                 anping plugin trust KEY --name OWNER"
                .to_owned(),
            Self::Wrong(name) => format!("the signature is not of this file, which {name} did not sign"),
        }
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

/// The public key in a text: a key in base 64, or a `.pub` file, whose second line is one.
///
/// Errors: `None` for anything else.
pub fn key_in(text: &str) -> Option<String> {
    let key = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    PublicKey::from_base64(key).is_ok().then(|| key.to_owned())
}

/// Who of the trusted signed these bytes.
///
/// Errors: the text is no signature, nobody trusted signed anything with its key, or the signature is
/// of other bytes.
pub fn verify<'a>(
    bytes: &[u8],
    signature: &str,
    keys: &'a [TrustedKey],
) -> Result<&'a TrustedKey, SignatureFault> {
    let signature = Signature::decode(signature).map_err(|_| SignatureFault::Unreadable)?;
    let mut fault = SignatureFault::UnknownKey;
    for trusted in keys {
        let Ok(key) = PublicKey::from_base64(&trusted.key) else { continue };
        // Signatures of the whole file, as old versions make them, are as good as those of its hash.
        match key.verify(bytes, &signature, true) {
            Ok(()) => return Ok(trusted),
            Err(Error::UnexpectedKeyId) => {}
            Err(_) => fault = SignatureFault::Wrong(shown(&trusted.name)),
        }
    }
    Err(fault)
}
