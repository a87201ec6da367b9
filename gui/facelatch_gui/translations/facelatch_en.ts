<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>DoneView</name>
    <message numerus="yes">
        <source>{quality}, %n pictures</source>
        <translation>
            <numerusform>{quality}, %n picture</numerusform>
            <numerusform>{quality}, %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FaceCard</name>
    <message numerus="yes">
        <source>{quality}, %n pictures</source>
        <translation>
            <numerusform>{quality}, %n picture</numerusform>
            <numerusform>{quality}, %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewView</name>
    <message numerus="yes">
        <source>%n of them may be better dropped: see the words below them.</source>
        <translation>
            <numerusform>%n of them may be better dropped: see the words below it.</numerusform>
            <numerusform>%n of them may be better dropped: see the words below them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pictures will be used.</source>
        <translation>
            <numerusform>%n picture will be used.</numerusform>
            <numerusform>%n pictures will be used.</numerusform>
        </translation>
    </message>
</context>
</TS>
