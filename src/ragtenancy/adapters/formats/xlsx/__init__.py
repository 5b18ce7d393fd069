"""Excel workbooks: .xlsx and .xlsb read here, .xls by xlrd."""
