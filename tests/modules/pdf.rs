//! Writes a small PDF file, so that the repository needs to hold none.

use std::fmt::Write;

/// A document with a page for each text (PDF 1.7, ISO 32000-1, section 7.5).
pub fn document(title: &str, pages: &[&str]) -> Vec<u8> {
    let page_object = |index: usize| 5 + 2 * index;
    let kids: Vec<_> = (0..pages.len())
        .map(|page| format!("{} 0 R", page_object(page)))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Count {}/Kids[{}]>>",
            pages.len(),
            kids.join(" ")
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        format!("<</Title({title})/CreationDate(D:20200102030405Z)>>"),
    ];
    for (index, text) in pages.iter().enumerate() {
        let drawing = format!("BT /F 24 Tf 72 700 Td ({text}) Tj ET");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>\
             /Contents {} 0 R>>",
            page_object(index) + 1,
        ));
        objects.push(format!(
            "<</Length {}>>stream\n{drawing}\nendstream",
            drawing.len()
        ));
    }
    assemble(&objects).into_bytes()
}

fn assemble(objects: &[String]) -> String {
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = writeln!(file, "{} 0 obj\n{object}\nendobj", index + 1);
    }
    let start = file.len();
    let size = objects.len() + 1;
    file += &table;
    file + &format!("trailer <</Size {size}/Root 1 0 R/Info 4 0 R>>\nstartxref\n{start}\n%%EOF\n")
}
