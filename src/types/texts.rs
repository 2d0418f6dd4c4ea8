//! Enums that are texts on the wire.

/// What an enum of the service's words has in common with every other: each variant has its spelling, and `Unknown` holds
/// any other text as it was sent.
macro_rules! texts {
    ($name:ident: $($variant:ident = $text:literal,)+) => {
        impl $name {
            /// The text as the service spells it (`"IN_PROGRESS"`); of an unknown one, what was sent.
            ///
            /// ```
            #[doc = concat!("use unstructured_jobs::", stringify!($name), " as Text;")]
            ///
            /// for text in ["SUCCESS", "IN_PROGRESS", "FROM_THE_FUTURE"] {
            ///     assert_eq!(Text::from(text).as_str(), text);
            /// }
            /// ```
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            /// What has that spelling (upper case, as on the wire); for any other text, [`Unknown`](Self::Unknown).
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(&*text))
            }
        }
    };
}
