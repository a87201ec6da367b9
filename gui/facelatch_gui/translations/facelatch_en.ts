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
    <name>EnrolPage</name>
    <message numerus="yes">
        <source>At most %n pictures can be used.</source>
        <translation>
            <numerusform>At most %n picture can be used.</numerusform>
            <numerusform>At most %n pictures can be used.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Choose more pictures, at least %n that differ. Nothing was stored.</source>
        <translation>
            <numerusform>Choose more pictures, at least %n that can be used. Nothing was stored.</numerusform>
            <numerusform>Choose more pictures, at least %n that differ. Nothing was stored.</numerusform>
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
    <name>Report</name>
    <message numerus="yes">
        <source>%n pictures</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{names} and %n more</source>
        <translation>
            <numerusform>{names} and %n more</numerusform>
            <numerusform>{names} and %n more</numerusform>
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
