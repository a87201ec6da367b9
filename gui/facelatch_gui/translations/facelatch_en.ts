<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>DoneView</name>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}, from %n picture</numerusform>
            <numerusform>{quality}, from %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FaceCard</name>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}, from %n picture</numerusform>
            <numerusform>{quality}, from %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewView</name>
    <message numerus="yes">
        <source>%n pictures are dark or blurred. You may want to drop them.</source>
        <translation>
            <numerusform>%n picture is dark or blurred. You may want to drop it.</numerusform>
            <numerusform>%n pictures are dark or blurred. You may want to drop them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pictures will be used.</source>
        <translation>
            <numerusform>%n picture will be used.</numerusform>
            <numerusform>%n pictures will be used.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At least %n pictures must remain.</source>
        <translation>
            <numerusform>At least %n picture must remain.</numerusform>
            <numerusform>At least %n pictures must remain.</numerusform>
        </translation>
    </message>
</context>
</TS>
