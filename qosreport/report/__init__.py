"""From scores to files: result document, view, charts, HTML, PDF, workbook."""
