//! A list of all variants of an enum. The compiler checks that it is complete.

/// The enum's variants as an array, in the order given. It doesn't compile if a variant is missing. A variant with
/// fields needs a value for each field. With `names` before the enum, the array holds the variants' names.
macro_rules! every_variant {
    (names $enum:ident: $($variant:ident),+ $(,)?) => {{
        const _: fn(&$enum) = |value| match value { $($enum::$variant { .. } => (),)+ };
        [$(stringify!($variant)),+]
    }};
    ($enum:ident: $($variant:ident $(($($item:expr),+))? $({ $($field:ident: $value:expr),+ })?),+ $(,)?) => {{
        const _: fn(&$enum) = |value| match value { $($enum::$variant { .. } => (),)+ };
        [$($enum::$variant $(($($item),+))? $({ $($field: $value),+ })?),+]
    }};
}

pub(crate) use every_variant;

#[cfg(test)]
mod tests {
    #[derive(Debug, PartialEq)]
    enum Shape {
        Dot,
        Circle(u32),
        Box { width: u32, height: u32 },
    }

    #[test]
    fn variants_stand_in_the_order_given() {
        let shapes = every_variant!(Shape: Dot, Circle(1), Box { width: 2, height: 3 });
        assert_eq!(shapes, [Shape::Dot, Shape::Circle(1), Shape::Box { width: 2, height: 3 }]);
        assert_eq!(every_variant!(names Shape: Dot, Circle, Box), ["Dot", "Circle", "Box"]);
    }
}
