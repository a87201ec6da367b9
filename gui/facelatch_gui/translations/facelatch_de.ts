<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>CameraPage</name>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Choose the camera that looks at you when you log in or unlock.</source>
        <translation>Wählen Sie die Kamera, die Sie beim Anmelden und Entsperren ansieht.</translation>
    </message>
    <message>
        <source>&amp;Use for logins</source>
        <translation>Zum Anmelden &amp;verwenden</translation>
    </message>
    <message>
        <source>&amp;Search again</source>
        <translation>Erneut &amp;suchen</translation>
    </message>
    <message>
        <source>Logins cannot use their camera now.</source>
        <translation>Die Kamera für Anmeldungen lässt sich zurzeit nicht verwenden.</translation>
    </message>
    <message>
        <source>Connect it, or open its shutter; or choose another one below.</source>
        <translation>Schließen Sie sie an oder öffnen Sie ihre Abdeckung, oder wählen Sie unten eine andere.</translation>
    </message>
    <message>
        <source>Infrared camera</source>
        <translation>Infrarotkamera</translation>
    </message>
    <message>
        <source>Infrared camera, can be unplugged</source>
        <translation>Infrarotkamera, lässt sich abstecken</translation>
    </message>
    <message>
        <source>Infrared camera, built in: sees in the dark</source>
        <translation>Infrarotkamera, eingebaut: sieht im Dunkeln</translation>
    </message>
    <message>
        <source>Colour camera, can be unplugged</source>
        <translation>Farbkamera, lässt sich abstecken</translation>
    </message>
    <message>
        <source>Colour camera, built in</source>
        <translation>Farbkamera, eingebaut</translation>
    </message>
    <message>
        <source>The camera in the settings</source>
        <translation>Die Kamera aus den Einstellungen</translation>
    </message>
    <message>
        <source>It is not connected now.</source>
        <translation>Sie ist zurzeit nicht angeschlossen.</translation>
    </message>
    <message>
        <source>Logins use this camera.</source>
        <translation>Diese Kamera wird zum Anmelden verwendet.</translation>
    </message>
    <message>
        <source>Not in use yet. Saving asks for an administrator&apos;s password.</source>
        <translation>Noch nicht in Verwendung. Zum Speichern wird das Passwort eines Systemverwalters verlangt.</translation>
    </message>
    <message>
        <source>The camera of your face</source>
        <translation>Die Kamera Ihres Gesichts</translation>
    </message>
    <message>
        <source>One that you enrolled with, else the first that is connected. Virtual cameras are left out.</source>
        <translation>Eine, mit der Sie erfasst wurden, sonst die erste angeschlossene. Virtuelle Kameras bleiben außen vor.</translation>
    </message>
    <message>
        <source>No camera is connected. Connect one, or open its shutter, then search again.</source>
        <translation>Es ist keine Kamera angeschlossen. Schließen Sie eine an oder öffnen Sie ihre Abdeckung, und suchen Sie dann erneut.</translation>
    </message>
    <message>
        <source>Logins use this camera from now on.</source>
        <translation>Diese Kamera wird ab jetzt zum Anmelden verwendet.</translation>
    </message>
    <message>
        <source>Colour camera</source>
        <translation>Farbkamera</translation>
    </message>
    <message>
        <source>USB {ids}</source>
        <translation>USB {ids}</translation>
    </message>
    <message>
        <source>Looks together with its infrared camera: {name}</source>
        <translation>Schaut gemeinsam mit ihrer Infrarotkamera: {name}</translation>
    </message>
    <message>
        <source>Trusted by the settings: every face may log in with it</source>
        <translation>In den Einstellungen als vertraut genannt: Jedes Gesicht darf sich mit ihr anmelden</translation>
    </message>
    <message>
        <source>This is not a real camera: any program on this computer can put pictures into it. Use it for tests only.</source>
        <translation>Das ist keine echte Kamera: Jedes Programm auf diesem Rechner kann ihr Bilder unterschieben. Verwenden Sie sie nur zum Testen.</translation>
    </message>
</context>
<context>
    <name>CommandLine</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the command {command}</source>
        <translation>Den Befehl {command} kopieren</translation>
    </message>
</context>
<context>
    <name>CommandText</name>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
</context>
<context>
    <name>DayChart</name>
    <message>
        <source>Attempts of the last days</source>
        <translation>Versuche der letzten Tage</translation>
    </message>
    <message>
        <source>There were no attempts in these days.</source>
        <translation>In diesen Tagen gab es keine Versuche.</translation>
    </message>
    <message>
        <source>{date}: {matches} recognised, {mismatches} refused, {unjudged} not judged.</source>
        <translation>{date}: {matches} erkannt, {mismatches} abgewiesen, {unjudged} nicht beurteilt.</translation>
    </message>
    <message>
        <source>d MMM</source>
        <comment>a date below a bar, as Qt writes it</comment>
        <translation>d. MMM</translation>
    </message>
</context>
<context>
    <name>DoneView</name>
    <message>
        <source>The next login wants your password once. Your face opens from then on.</source>
        <translation>Die nächste Anmeldung verlangt einmal Ihr Passwort. Danach öffnet Ihr Gesicht.</translation>
    </message>
    <message>
        <source>&amp;Try it now</source>
        <translation>Jetzt &amp;ausprobieren</translation>
    </message>
    <message>
        <source>Enrol another &amp;look</source>
        <translation>&amp;Weiteres Aussehen erfassen</translation>
    </message>
    <message>
        <source>&amp;Show my faces</source>
        <translation>Meine &amp;Gesichter zeigen</translation>
    </message>
    <message>
        <source>“{label}” is enrolled</source>
        <translation>„{label}“ ist erfasst</translation>
    </message>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}, aus %n Bild</numerusform>
            <numerusform>{quality}, aus %n Bildern</numerusform>
        </translation>
    </message>
    <message>
        <source>Not seen: {poses}. You can add that at any time with “Improve”.</source>
        <translation>Nicht gesehen: {poses}. Das können Sie jederzeit mit „Verbessern“ nachholen.</translation>
    </message>
</context>
<context>
    <name>DropArea</name>
    <message>
        <source>These are {count} files. Drop one picture at a time.</source>
        <translation>Das sind {count} Dateien. Legen Sie immer nur ein Bild ab.</translation>
    </message>
    <message>
        <source>This is not a file on this computer. Save the picture first, then drop the file.</source>
        <translation>Das ist keine Datei auf diesem Rechner. Speichern Sie das Bild zuerst und legen Sie dann die Datei ab.</translation>
    </message>
</context>
<context>
    <name>EnrolPage</name>
    <message>
        <source>Enrol</source>
        <translation>Erfassen</translation>
    </message>
    <message>
        <source>Let this computer get to know you.</source>
        <translation>Machen Sie sich mit diesem Rechner bekannt.</translation>
    </message>
    <message>
        <source>Close without saving your pictures?</source>
        <translation>Schließen, ohne Ihre Bilder zu speichern?</translation>
    </message>
    <message>
        <source>Which pictures should be used?</source>
        <translation>Welche Bilder sollen verwendet werden?</translation>
    </message>
    <message>
        <source>The camera starts when your password has been accepted.</source>
        <translation>Die Kamera startet, sobald Ihr Passwort angenommen wurde.</translation>
    </message>
    <message>
        <source>Please type your password.</source>
        <translation>Bitte geben Sie Ihr Passwort ein.</translation>
    </message>
    <message numerus="yes">
        <source>At most %n pictures can be used.</source>
        <translation>
            <numerusform>Höchstens %n Bild kann verwendet werden.</numerusform>
            <numerusform>Höchstens %n Bilder können verwendet werden.</numerusform>
        </translation>
    </message>
    <message>
        <source>The enrolment was cancelled, and nothing was stored.</source>
        <translation>Das Erfassen wurde abgebrochen, und nichts wurde gespeichert.</translation>
    </message>
    <message>
        <source>Choose pictures of yourself</source>
        <translation>Bilder von Ihnen auswählen</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>Bilder ({patterns})</translation>
    </message>
    <message>
        <source>The enrolment was interrupted, because the face service is gone. Nothing was stored.</source>
        <translation>Das Erfassen wurde unterbrochen, weil der Gesichtsdienst nicht mehr da ist. Nichts wurde gespeichert.</translation>
    </message>
    <message>
        <source>Start it again when the service is back.</source>
        <translation>Beginnen Sie erneut, wenn der Dienst wieder da ist.</translation>
    </message>
    <message>
        <source>It is not clear who is meant: your pictures show several people.</source>
        <translation>Es ist nicht klar, wer gemeint ist: Ihre Bilder zeigen mehrere Personen.</translation>
    </message>
    <message>
        <source>Choose pictures of one person only. Nothing was stored.</source>
        <translation>Wählen Sie nur Bilder einer einzigen Person. Es wurde nichts gespeichert.</translation>
    </message>
    <message>
        <source>Too few of your pictures can be used.</source>
        <translation>Zu wenige Ihrer Bilder sind verwendbar.</translation>
    </message>
    <message numerus="yes">
        <source>Choose more pictures, at least %n that differ. Nothing was stored.</source>
        <translation>
            <numerusform>Wählen Sie mehr Bilder, mindestens %n brauchbares. Es wurde nichts gespeichert.</numerusform>
            <numerusform>Wählen Sie mehr Bilder, mindestens %n verschiedene. Es wurde nichts gespeichert.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvidenceBar</name>
    <message>
        <source>How near your face came to the enrolled one</source>
        <translation>Wie nahe Ihr Gesicht dem erfassten kam</translation>
    </message>
    <message>
        <source>Nothing was compared.</source>
        <translation>Es wurde nichts verglichen.</translation>
    </message>
    <message>
        <source>{evidence} of {wanted} nats</source>
        <translation>{evidence} von {wanted} Nat</translation>
    </message>
    <message>
        <source>wanted: {wanted} nats</source>
        <translation>nötig: {wanted} Nat</translation>
    </message>
</context>
<context>
    <name>FaceCard</name>
    <message>
        <source>New name of this face</source>
        <translation>Neuer Name dieses Gesichts</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>&amp;Umbenennen</translation>
    </message>
    <message>
        <source>&amp;Improve</source>
        <translation>&amp;Verbessern</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Add more pictures, for instance with other light or glasses</source>
        <translation>Weitere Bilder hinzufügen, etwa bei anderem Licht oder mit Brille</translation>
    </message>
    <message>
        <source>This look does not work with the recognition pack in use. Delete it and enrol it again.</source>
        <translation>Dieses Aussehen passt nicht zum verwendeten Erkennungspaket. Löschen Sie es und erfassen Sie es neu.</translation>
    </message>
    <message numerus="yes">
        <source>{quality}, from %n pictures</source>
        <translation>
            <numerusform>{quality}, aus %n Bild</numerusform>
            <numerusform>{quality}, aus %n Bildern</numerusform>
        </translation>
    </message>
    <message>
        <source>Enrolled {when}</source>
        <translation>Erfasst am {when}</translation>
    </message>
    <message>
        <source>{camera}, pack {pack}</source>
        <translation>{camera}, Paket {pack}</translation>
    </message>
</context>
<context>
    <name>FacesPage</name>
    <message>
        <source>Faces</source>
        <translation>Gesichter</translation>
    </message>
    <message>
        <source>The looks by which this computer knows you, for instance with and without glasses.</source>
        <translation>So kennt Sie dieser Rechner, zum Beispiel mit und ohne Brille.</translation>
    </message>
    <message>
        <source>Asking the face service…</source>
        <translation>Der Gesichtsdienst wird gefragt …</translation>
    </message>
    <message>
        <source>&amp;Add another look</source>
        <translation>Weiteres Aussehen &amp;hinzufügen</translation>
    </message>
    <message>
        <source>From pictures</source>
        <translation>Aus Bildern</translation>
    </message>
    <message>
        <source>{camera}, and in infrared: {infrared}</source>
        <translation>{camera}, und in Infrarot: {infrared}</translation>
    </message>
    <message>
        <source>A camera that is not connected ({camera})</source>
        <translation>Eine Kamera, die nicht angeschlossen ist ({camera})</translation>
    </message>
    <message>
        <source>Your faces are shown here as soon as the face service answers.</source>
        <translation>Ihre Gesichter werden hier gezeigt, sobald der Gesichtsdienst antwortet.</translation>
    </message>
    <message>
        <source>The face is called “{label}” now.</source>
        <translation>Das Gesicht heißt jetzt „{label}“.</translation>
    </message>
    <message>
        <source>Delete “{label}”?</source>
        <translation>„{label}“ löschen?</translation>
    </message>
    <message>
        <source>You will not be recognised by this look any more. Your password keeps working.</source>
        <translation>An diesem Aussehen werden Sie dann nicht mehr erkannt. Ihr Passwort gilt weiterhin.</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>&amp;Keep</source>
        <translation>&amp;Behalten</translation>
    </message>
    <message>
        <source>“{label}” is deleted.</source>
        <translation>„{label}“ ist gelöscht.</translation>
    </message>
    <message>
        <source>Type your password when you are asked for it…</source>
        <translation>Geben Sie Ihr Passwort ein, wenn Sie danach gefragt werden …</translation>
    </message>
    <message>
        <source>The face service is gone; it may not have changed anything any more.</source>
        <translation>Der Gesichtsdienst ist nicht mehr da; vielleicht hat er nichts mehr geändert.</translation>
    </message>
    <message>
        <source>Look at your faces when it is back, and try it again.</source>
        <translation>Sehen Sie nach Ihren Gesichtern, wenn er wieder da ist, und versuchen Sie es erneut.</translation>
    </message>
</context>
<context>
    <name>Figures</name>
    <message>
        <source>{number} %</source>
        <comment>a percentage</comment>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>1 in {many}</source>
        <translation>1 von {many}</translation>
    </message>
    <message>
        <source>Measured on: {data}</source>
        <translation>Gemessen an: {data}</translation>
    </message>
    <message>
        <source>With 95 % certainty between {low} and {high}. Measured on: {data}</source>
        <translation>Mit 95 % Sicherheit zwischen {low} und {high}. Gemessen an: {data}</translation>
    </message>
    <message>
        <source>How often a picture gives nothing to compare, for instance because no face is found</source>
        <translation>Wie oft ein Bild nichts zum Vergleichen hergibt, etwa weil kein Gesicht gefunden wird</translation>
    </message>
    <message>
        <source>How far the probabilities shown are from how often they come true, on average</source>
        <translation>Wie weit die gezeigten Wahrscheinlichkeiten im Mittel von dem abweichen, was tatsächlich eintrifft</translation>
    </message>
    <message>
        <source>How often one picture of you is not recognised, if {rate} pictures of others may pass as you</source>
        <translation>Wie oft ein einzelnes Bild von Ihnen nicht erkannt wird, wenn {rate} Bildern anderer als Ihres durchgehen darf</translation>
    </message>
    <message>
        <source>How often one picture of somebody else passes as you, at the level “{level}”</source>
        <translation>Wie oft ein einzelnes Bild von jemand anderem als Ihres durchgeht, bei der Stufe „{level}“</translation>
    </message>
    <message>
        <source>How often one picture of you is not enough alone, at the level “{level}” (a login looks at several)</source>
        <translation>Wie oft ein einzelnes Bild von Ihnen allein nicht reicht, bei der Stufe „{level}“ (beim Anmelden werden mehrere betrachtet)</translation>
    </message>
    <message>
        <source>How often one picture of a real face is taken for a photo</source>
        <translation>Wie oft ein einzelnes Bild eines echten Gesichts für ein Foto gehalten wird</translation>
    </message>
    <message>
        <source>How often one picture of a printed photo is taken for a real face</source>
        <translation>Wie oft ein einzelnes Bild eines gedruckten Fotos für ein echtes Gesicht gehalten wird</translation>
    </message>
    <message>
        <source>How often one picture of a fake ({kind}) is taken for a real face</source>
        <translation>Wie oft ein einzelnes Bild einer Fälschung ({kind}) für ein echtes Gesicht gehalten wird</translation>
    </message>
    <message>
        <source>How often both eyes in a picture are taken for closed, rightly or not</source>
        <translation>Wie oft beide Augen eines Bildes für geschlossen gehalten werden, zu Recht oder nicht</translation>
    </message>
    <message>
        <source>{seconds} s, frames: {frames}</source>
        <translation>{seconds} s, Einzelbilder: {frames}</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>{milliseconds} ms</source>
        <translation>{milliseconds} ms</translation>
    </message>
    <message>
        <source>{evidence} nats</source>
        <translation>{evidence} Nat</translation>
    </message>
    <message>
        <source>{evidence} of {wanted} nats</source>
        <translation>{evidence} von {wanted} Nat</translation>
    </message>
    <message>
        <source>Evidence</source>
        <translation>Beweiskraft</translation>
    </message>
    <message>
        <source>Probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>over {percent} %</source>
        <translation>über {percent} %</translation>
    </message>
    <message>
        <source>under {percent} %</source>
        <translation>unter {percent} %</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>Looks alive</source>
        <translation>Wirkt lebendig</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Unlock this computer with your face</source>
        <translation>Entsperren Sie diesen Rechner mit Ihrem Gesicht</translation>
    </message>
    <message>
        <source>Look at the camera for a few seconds, and this computer knows you. Your password keeps working.</source>
        <translation>Schauen Sie einige Sekunden in die Kamera, dann kennt Sie dieser Rechner. Ihr Passwort gilt weiterhin.</translation>
    </message>
    <message>
        <source>What is stored is an encrypted description of your face, on this computer only, and no pictures.</source>
        <translation>Gespeichert wird eine verschlüsselte Beschreibung Ihres Gesichts, nur auf diesem Rechner, und keine Bilder.</translation>
    </message>
    <message>
        <source>A photo of you should be refused, but no camera can promise that. Where it matters most, use the password.</source>
        <translation>Ein Foto von Ihnen sollte abgewiesen werden, aber keine Kamera kann das versprechen. Wo es am meisten darauf ankommt, nehmen Sie das Passwort.</translation>
    </message>
    <message>
        <source>&amp;Enrol my face</source>
        <translation>Mein Gesicht &amp;erfassen</translation>
    </message>
</context>
<context>
    <name>HealthPage</name>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Whether everything that a login by face needs is as it should be.</source>
        <translation>Ob alles, was eine Anmeldung mit dem Gesicht braucht, so ist, wie es sein soll.</translation>
    </message>
    <message>
        <source>&amp;Examine again</source>
        <translation>Erneut &amp;untersuchen</translation>
    </message>
    <message>
        <source>Examining…</source>
        <translation>Wird untersucht …</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Kopiert.</translation>
    </message>
    <message>
        <source>Something is wrong and needs mending.</source>
        <translation>Etwas stimmt nicht und muss behoben werden.</translation>
    </message>
    <message>
        <source>Nothing is broken, but something could be better.</source>
        <translation>Nichts ist kaputt, aber etwas könnte besser sein.</translation>
    </message>
    <message>
        <source>All is well; there is something worth knowing.</source>
        <translation>Alles ist in Ordnung; es gibt etwas Wissenswertes.</translation>
    </message>
    <message>
        <source>Everything is as it should be.</source>
        <translation>Alles ist so, wie es sein soll.</translation>
    </message>
    <message>
        <source>Face service</source>
        <translation>Gesichtsdienst</translation>
    </message>
    <message>
        <source>The part that looks</source>
        <translation>Der sehende Teil</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Recognition pack</source>
        <translation>Erkennungspaket</translation>
    </message>
    <message>
        <source>Your face</source>
        <translation>Ihr Gesicht</translation>
    </message>
    <message>
        <source>Logins on this computer</source>
        <translation>Anmeldungen an diesem Rechner</translation>
    </message>
    <message>
        <source>Permissions</source>
        <translation>Berechtigungen</translation>
    </message>
    <message>
        <source>Your session</source>
        <translation>Ihre Sitzung</translation>
    </message>
    <message>
        <source>Security chip</source>
        <translation>Sicherheitschip</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>Uhr</translation>
    </message>
    <message>
        <source>Stored faces</source>
        <translation>Gespeicherte Gesichter</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>When your face was looked at, how it ended and why.</source>
        <translation>Wann Ihr Gesicht angesehen wurde, wie es ausging und warum.</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Wofür</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>{outcome}: {count}</source>
        <translation>{outcome}: {count}</translation>
    </message>
    <message>
        <source>&amp;Refresh</source>
        <translation>&amp;Aktualisieren</translation>
    </message>
    <message>
        <source>The last {days} days</source>
        <translation>Die letzten {days} Tage</translation>
    </message>
    <message>
        <source>Nothing yet: nobody has tried to log in as you with a face.</source>
        <translation>Noch nichts: Niemand hat versucht, sich mit einem Gesicht als Sie anzumelden.</translation>
    </message>
    <message>
        <source>No attempt ended like this.</source>
        <translation>Kein Versuch ging so aus.</translation>
    </message>
    <message>
        <source>{why} {nearness}.</source>
        <translation>{why} {nearness}.</translation>
    </message>
    <message>
        <source>It took {seconds} s.</source>
        <translation>Es dauerte {seconds} s.</translation>
    </message>
</context>
<context>
    <name>InspectPage</name>
    <message>
        <source>Inspect</source>
        <translation>Betrachten</translation>
    </message>
    <message>
        <source>See what Facelatch sees in a picture or before the camera. Nothing of it is kept.</source>
        <translation>Sehen Sie, was Facelatch in einem Bild oder vor der Kamera sieht. Nichts davon wird aufbewahrt.</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>A face is found if light falls on it, nothing covers it, and it is not too small or cut off.</source>
        <translation>Ein Gesicht wird gefunden, wenn Licht darauf fällt, nichts es verdeckt und es weder zu klein noch abgeschnitten ist.</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>Gesicht</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>Schärfe</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Licht</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Faces in the picture</source>
        <translation>Gesichter im Bild</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>&amp;Guess how old each person looks, and the like</source>
        <translation>Alter und Ähnliches &amp;schätzen</translation>
    </message>
    <message>
        <source>Guesses go by looks alone, are often wrong, and more often for some people than for others.</source>
        <translation>Schätzungen gehen allein nach dem Aussehen, sind oft falsch, und bei manchen Menschen öfter als bei anderen.</translation>
    </message>
    <message>
        <source>&amp;Open a picture…</source>
        <translation>Bild ö&amp;ffnen …</translation>
    </message>
    <message>
        <source>&amp;Live camera</source>
        <translation>&amp;Live-Kamera</translation>
    </message>
    <message>
        <source>&amp;Take a closer look</source>
        <translation>&amp;Genauer hinsehen</translation>
    </message>
    <message>
        <source>&amp;Who is it…</source>
        <translation>&amp;Wer ist das …</translation>
    </message>
    <message>
        <source>Looks among all who are enrolled. Asks for an administrator&apos;s password.</source>
        <translation>Sucht unter allen erfassten Gesichtern. Fragt nach dem Passwort eines Administrators.</translation>
    </message>
    <message>
        <source>Save with &amp;marks…</source>
        <translation>Mit &amp;Markierungen speichern …</translation>
    </message>
    <message>
        <source>“{name}” is being opened…</source>
        <translation>„{name}“ wird geöffnet …</translation>
    </message>
    <message>
        <source>Open a picture</source>
        <translation>Bild öffnen</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>Bilder ({patterns})</translation>
    </message>
    <message>
        <source>All files ({patterns})</source>
        <translation>Alle Dateien ({patterns})</translation>
    </message>
    <message>
        <source>Looking for faces in “{name}”…</source>
        <translation>In „{name}“ werden Gesichter gesucht …</translation>
    </message>
    <message>
        <source>This picture was not looked at.</source>
        <translation>Dieses Bild wurde nicht untersucht.</translation>
    </message>
    <message>
        <source>Drop a picture here, or open one.</source>
        <translation>Legen Sie hier ein Bild ab oder öffnen Sie eines.</translation>
    </message>
    <message>
        <source>&amp;Stop the camera</source>
        <translation>Kamera &amp;anhalten</translation>
    </message>
    <message>
        <source>No face was found.</source>
        <translation>Es wurde kein Gesicht gefunden.</translation>
    </message>
    <message>
        <source>One face was found.</source>
        <translation>Es wurde ein Gesicht gefunden.</translation>
    </message>
    <message>
        <source>{count} faces were found.</source>
        <translation>Es wurden {count} Gesichter gefunden.</translation>
    </message>
    <message>
        <source>camera</source>
        <comment>a file&apos;s name</comment>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>{count} smaller ones were not looked at.</source>
        <translation>{count} kleinere wurden nicht untersucht.</translation>
    </message>
    <message>
        <source>{found} {not_looked_at}</source>
        <comment>two sentences</comment>
        <translation>{found} {not_looked_at}</translation>
    </message>
    <message>
        <source>Face {number}</source>
        <translation>Gesicht {number}</translation>
    </message>
    <message>
        <source>This face</source>
        <translation>Dieses Gesicht</translation>
    </message>
    <message>
        <source>Save with marks</source>
        <translation>Mit Markierungen speichern</translation>
    </message>
    <message>
        <source>{name}-faces.png</source>
        <comment>a file&apos;s name</comment>
        <translation>{name}-Gesichter.png</translation>
    </message>
    <message>
        <source>Saved as “{name}”.</source>
        <translation>Als „{name}“ gespeichert.</translation>
    </message>
    <message>
        <source>“{name}” is there already.</source>
        <translation>„{name}“ gibt es schon.</translation>
    </message>
    <message>
        <source>Replacing it cannot be undone.</source>
        <translation>Das Ersetzen lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>&amp;Ersetzen</translation>
    </message>
    <message>
        <source>&amp;Keep it</source>
        <translation>&amp;Behalten</translation>
    </message>
</context>
<context>
    <name>Installation</name>
    <message>
        <source>The administrator&apos;s password was not given, so nothing was installed.</source>
        <translation>Das Passwort des Systemverwalters wurde nicht eingegeben, daher wurde nichts installiert.</translation>
    </message>
    <message>
        <source>The command ended with code {code} and did not say why.</source>
        <translation>Der Befehl endete mit dem Code {code} und sagte nicht, warum.</translation>
    </message>
    <message>
        <source>“{program}” could not be started. Install it, or run the command yourself.</source>
        <translation>„{program}“ ließ sich nicht starten. Installieren Sie es oder führen Sie den Befehl selbst aus.</translation>
    </message>
</context>
<context>
    <name>LiveFeed</name>
    <message>
        <source>The camera is starting…</source>
        <translation>Die Kamera startet …</translation>
    </message>
    <message>
        <source>The picture was interrupted. It comes back by itself.</source>
        <translation>Das Bild wurde unterbrochen. Es kommt von selbst wieder.</translation>
    </message>
    <message>
        <source>The camera is needed for a login. Its picture comes back by itself.</source>
        <translation>Die Kamera wird für eine Anmeldung gebraucht. Ihr Bild kommt von selbst wieder.</translation>
    </message>
</context>
<context>
    <name>LiveView</name>
    <message>
        <source>Camera picture</source>
        <translation>Kamerabild</translation>
    </message>
</context>
<context>
    <name>LookingView</name>
    <message>
        <source>Pictures that were looked at</source>
        <translation>Angesehene Bilder</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Please type your password.</source>
        <translation>Bitte geben Sie Ihr Passwort ein.</translation>
    </message>
    <message>
        <source>Your pictures are looked at when your password has been accepted.</source>
        <translation>Ihre Bilder werden angesehen, sobald Ihr Passwort angenommen ist.</translation>
    </message>
    <message>
        <source>Looking at your pictures…</source>
        <translation>Ihre Bilder werden angesehen …</translation>
    </message>
    <message>
        <source>{number} of {count}: {name}</source>
        <translation>{number} von {count}: {name}</translation>
    </message>
</context>
<context>
    <name>PackPage</name>
    <message>
        <source>Recognition pack</source>
        <translation>Erkennungspaket</translation>
    </message>
    <message>
        <source>The pack is installed. The face service uses it once an administrator has restarted it:</source>
        <translation>Das Paket ist installiert. Der Gesichtsdienst verwendet es, sobald ein Systemverwalter ihn neu gestartet hat:</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Kopiert.</translation>
    </message>
    <message>
        <source>Faces cannot be recognised now.</source>
        <translation>Gesichter können zurzeit nicht erkannt werden.</translation>
    </message>
    <message>
        <source>What finds and compares faces. All of it happens on this computer.</source>
        <translation>Was Gesichter findet und vergleicht. Alles geschieht auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Install one below.</source>
        <translation>Installieren Sie unten eines.</translation>
    </message>
    <message>
        <source>{name}, version {version}</source>
        <translation>{name}, Version {version}</translation>
    </message>
    <message>
        <source>Licence: {licence}</source>
        <translation>Lizenz: {licence}</translation>
    </message>
    <message>
        <source>Terms: {terms}</source>
        <translation>Bedingungen: {terms}</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netze</translation>
    </message>
    <message>
        <source>{name} ({size}), licence: {licence}</source>
        <translation>{name} ({size}), Lizenz: {licence}</translation>
    </message>
    <message>
        <source>From {source}</source>
        <translation>Von {source}</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>In the words of the standards: {name}</source>
        <translation>In den Worten der Normen: {name}</translation>
    </message>
    <message>
        <source>The scores were calibrated on: {data}</source>
        <translation>Die Bewertung wurde kalibriert an: {data}</translation>
    </message>
    <message>
        <source>&amp;Install the open pack</source>
        <translation>Offenes Paket &amp;installieren</translation>
    </message>
    <message>
        <source>&amp;Install the open pack again</source>
        <translation>Offenes Paket erneut &amp;installieren</translation>
    </message>
    <message>
        <source>Install from a &amp;file…</source>
        <translation>Aus einer &amp;Datei installieren …</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Progress of the installation</source>
        <translation>Fortschritt der Installation</translation>
    </message>
    <message>
        <source>Install a pack</source>
        <translation>Ein Paket installieren</translation>
    </message>
    <message>
        <source>The open pack is free to use for anything. It is fetched from its authors, about 5 MB, and checked before it is used. You are asked for an administrator&apos;s password.</source>
        <translation>Das offene Paket darf für alles frei verwendet werden. Es wird von seinen Urhebern geholt, etwa 5 MB, und vor der Verwendung geprüft. Dabei wird nach dem Passwort eines Systemverwalters gefragt.</translation>
    </message>
    <message>
        <source>Choose a pack</source>
        <translation>Ein Paket wählen</translation>
    </message>
    <message>
        <source>Packs ({patterns})</source>
        <translation>Pakete ({patterns})</translation>
    </message>
    <message>
        <source>Waiting for the password, then for the first file…</source>
        <translation>Es wird auf das Passwort gewartet, dann auf die erste Datei …</translation>
    </message>
    <message>
        <source>Fetching {name}…</source>
        <translation>{name} wird geholt …</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird angehalten …</translation>
    </message>
    <message>
        <source>The pack is installed.</source>
        <translation>Das Paket ist installiert.</translation>
    </message>
    <message>
        <source>Nothing was installed.</source>
        <translation>Es wurde nichts installiert.</translation>
    </message>
    <message>
        <source>The pack could not be installed. Nothing was changed.</source>
        <translation>Das Paket ließ sich nicht installieren. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Try it again, or get the pack as a file and install that.</source>
        <translation>Versuchen Sie es erneut, oder besorgen Sie sich das Paket als Datei und installieren Sie diese.</translation>
    </message>
    <message>
        <source>Finds faces in a picture</source>
        <translation>Findet Gesichter in einem Bild</translation>
    </message>
    <message>
        <source>Compares faces</source>
        <translation>Vergleicht Gesichter</translation>
    </message>
    <message>
        <source>Tells a face from a picture of one</source>
        <translation>Unterscheidet ein Gesicht vom Bild eines Gesichts</translation>
    </message>
</context>
<context>
    <name>Picture</name>
    <message>
        <source>“{name}” is not a picture that can be read. Choose a JPEG, PNG or WebP file.</source>
        <translation>„{name}“ ist kein lesbares Bild. Wählen Sie eine JPEG-, PNG- oder WebP-Datei.</translation>
    </message>
    <message>
        <source>“{name}” has more than {most} million pixels. Save a smaller copy and open that.</source>
        <translation>„{name}“ hat mehr als {most} Millionen Bildpunkte. Speichern Sie eine kleinere Kopie und öffnen Sie diese.</translation>
    </message>
    <message>
        <source>“{name}” is damaged and cannot be shown. Choose another file.</source>
        <translation>„{name}“ ist beschädigt und kann nicht gezeigt werden. Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>“{name}” is not a file. Choose a picture file.</source>
        <translation>„{name}“ ist keine Datei. Wählen Sie eine Bilddatei.</translation>
    </message>
    <message>
        <source>“{name}” is a folder. Choose one picture in it.</source>
        <translation>„{name}“ ist ein Ordner. Wählen Sie ein Bild darin.</translation>
    </message>
    <message>
        <source>“{name}” cannot be read: {problem}.</source>
        <translation>„{name}“ kann nicht gelesen werden: {problem}.</translation>
    </message>
    <message>
        <source>“{name}” is larger than {most} MiB. Save a smaller copy and open that.</source>
        <translation>„{name}“ ist größer als {most} MiB. Speichern Sie eine kleinere Kopie und öffnen Sie diese.</translation>
    </message>
    <message>
        <source>“{name}” is empty. Choose another file.</source>
        <translation>„{name}“ ist leer. Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>“{name}” does not say which kind of picture to save. Let the name end in .png or .jpg.</source>
        <translation>„{name}“ sagt nicht, welche Art von Bild gespeichert werden soll. Lassen Sie den Namen auf .png oder .jpg enden.</translation>
    </message>
    <message>
        <source>The picture could not be encoded. Save it as .png.</source>
        <translation>Das Bild ließ sich nicht kodieren. Speichern Sie es als .png.</translation>
    </message>
    <message>
        <source>“{name}” cannot be saved: {problem}. Choose another place.</source>
        <translation>„{name}“ kann nicht gespeichert werden: {problem}. Wählen Sie einen anderen Ort.</translation>
    </message>
    <message>
        <source>it is not there</source>
        <translation>es ist nicht da</translation>
    </message>
    <message>
        <source>you are not allowed to</source>
        <translation>Sie dürfen das nicht</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>the disk is read-only</source>
        <translation>der Datenträger ist schreibgeschützt</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>Person {number}</source>
        <translation>Person {number}</translation>
    </message>
    <message>
        <source>{reason}: {pictures}</source>
        <translation>{reason}: {pictures}</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>%n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{names} and %n more</source>
        <translation>
            <numerusform>{names} und %n weiteres</numerusform>
            <numerusform>{names} und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewView</name>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>&amp;Take them again</source>
        <translation>&amp;Neu aufnehmen</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Which pictures should be used?</source>
        <translation>Welche Bilder sollen verwendet werden?</translation>
    </message>
    <message>
        <source>Click a picture to drop it. The rest is turned into an encrypted description of your face; the pictures themselves are not kept.</source>
        <translation>Klicken Sie auf ein Bild, um es zu verwerfen. Aus den übrigen entsteht eine verschlüsselte Beschreibung Ihres Gesichts; die Bilder selbst werden nicht aufbewahrt.</translation>
    </message>
    <message>
        <source>Choose &amp;others</source>
        <translation>A&amp;ndere wählen</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures are dark or blurred. You may want to drop them.</source>
        <translation>
            <numerusform>%n Bild ist dunkel oder unscharf. Sie können es verwerfen.</numerusform>
            <numerusform>%n Bilder sind dunkel oder unscharf. Sie können sie verwerfen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At least %n pictures must remain.</source>
        <translation>
            <numerusform>Mindestens %n Bild muss bleiben.</numerusform>
            <numerusform>Mindestens %n Bilder müssen bleiben.</numerusform>
        </translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>Wird gespeichert …</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Nicht verwendet</translation>
    </message>
    <message numerus="yes">
        <source>%n pictures will be used.</source>
        <translation>
            <numerusform>%n Bild wird verwendet.</numerusform>
            <numerusform>%n Bilder werden verwendet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Ring</name>
    <message>
        <source>Camera picture, with a ring that shows how far the enrolment is</source>
        <translation>Kamerabild mit einem Ring, der den Fortschritt des Erfassens zeigt</translation>
    </message>
    <message>
        <source>Still to be shown: {poses}</source>
        <translation>Noch zu zeigen: {poses}</translation>
    </message>
    <message>
        <source>All sides have been shown.</source>
        <translation>Alle Seiten wurden gezeigt.</translation>
    </message>
</context>
<context>
    <name>RuleCard</name>
    <message>
        <source>Allow the face here</source>
        <translation>Das Gesicht hier erlauben</translation>
    </message>
    <message>
        <source>How sure it has to be:</source>
        <translation>Wie sicher es sein muss:</translation>
    </message>
    <message>
        <source>Against photos and screens:</source>
        <translation>Gegen Fotos und Bildschirme:</translation>
    </message>
    <message>
        <source>How you agree:</source>
        <translation>Wie Sie zustimmen:</translation>
    </message>
    <message>
        <source>Nothing was changed: {why}</source>
        <translation>Nichts wurde geändert: {why}</translation>
    </message>
    <message>
        <source>What the programs on this computer do</source>
        <translation>Was die Programme auf diesem Rechner tun</translation>
    </message>
    <message>
        <source>Not on this computer: {services}</source>
        <translation>Nicht auf diesem Rechner: {services}</translation>
    </message>
    <message>
        <source>The screen lock of somebody who has logged in before.</source>
        <translation>Die Bildschirmsperre von jemandem, der schon angemeldet ist.</translation>
    </message>
    <message>
        <source>The login screen, and the consoles behind it.</source>
        <translation>Der Anmeldebildschirm und die Konsolen dahinter.</translation>
    </message>
    <message>
        <source>sudo, su, and the dialogs that ask for a password before something is changed on this computer.</source>
        <translation>sudo, su und die Dialoge, die nach einem Passwort fragen, bevor an diesem Rechner etwas geändert wird.</translation>
    </message>
    <message>
        <source>Programs that belong to none of the others.</source>
        <translation>Programme, die zu keinem der anderen gehören.</translation>
    </message>
    <message>
        <source>A look takes {seconds} s at most, and {nobody} s where nobody is there. Then comes the password.</source>
        <translation>Ein Blick dauert höchstens {seconds} s, und {nobody} s, wenn niemand da ist. Dann kommt das Passwort.</translation>
    </message>
    <message>
        <source>A photo of you, on paper or on a screen, may pass.</source>
        <translation>Ein Foto von Ihnen, auf Papier oder auf einem Bildschirm, kann durchgehen.</translation>
    </message>
    <message>
        <source>What looks like a photo or a screen is refused, as far as the recognition pack can tell. An infrared camera helps, if your face was enrolled with one.</source>
        <translation>Was wie ein Foto oder ein Bildschirm aussieht, wird abgewiesen, soweit das Erkennungspaket es erkennt. Eine Infrarotkamera hilft, wenn Ihr Gesicht mit einer erfasst wurde.</translation>
    </message>
    <message>
        <source>As with signs of life, and you are asked to turn your head, to nod or to blink: each time something else.</source>
        <translation>Wie bei den Lebenszeichen, und Sie werden gebeten, den Kopf zu drehen, zu nicken oder zu blinzeln: jedes Mal etwas anderes.</translation>
    </message>
    <message>
        <source>The camera opens as soon as a program asks for you.</source>
        <translation>Die Kamera schaut, sobald ein Programm nach Ihnen fragt.</translation>
    </message>
    <message>
        <source>You are shown what is asked for, and the camera opens once you have pressed Enter.</source>
        <translation>Ihnen wird gezeigt, worum es geht, und die Kamera schaut erst, wenn Sie die Eingabetaste gedrückt haben.</translation>
    </message>
    <message>
        <source>You nod at the camera: for programs that cannot ask you anything before it opens.</source>
        <translation>Sie nicken der Kamera zu: für Programme, die Sie vorher nichts fragen können.</translation>
    </message>
    <message>
        <source>Of {many} tries by other people, at most one passes for you.</source>
        <translation>Von {many} Versuchen anderer Menschen geht höchstens einer als Ihrer durch.</translation>
    </message>
    <message>
        <source>You are recognised the soonest.</source>
        <translation>Sie werden am schnellsten erkannt.</translation>
    </message>
    <message>
        <source>You are recognised at a glance in good light.</source>
        <translation>Bei gutem Licht werden Sie auf einen Blick erkannt.</translation>
    </message>
    <message>
        <source>You may have to look longer, or type the password more often.</source>
        <translation>Sie müssen vielleicht länger hinschauen oder öfter das Passwort eingeben.</translation>
    </message>
    <message>
        <source>{one} {other}</source>
        <comment>two sentences</comment>
        <translation>{one} {other}</translation>
    </message>
</context>
<context>
    <name>ShotsView</name>
    <message>
        <source>&amp;Go on with these</source>
        <translation>&amp;Mit diesen weiter</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>The camera is starting…</source>
        <translation>Die Kamera startet …</translation>
    </message>
    <message>
        <source>{kept} of {wanted} pictures</source>
        <translation>{kept} von {wanted} Bildern</translation>
    </message>
</context>
<context>
    <name>StartView</name>
    <message>
        <source>For instance: with glasses</source>
        <translation>Zum Beispiel: mit Brille</translation>
    </message>
    <message>
        <source>First you are asked for your password, so that nobody else can enrol a face for you.</source>
        <translation>Zuerst werden Sie nach Ihrem Passwort gefragt, damit niemand sonst ein Gesicht für Sie erfassen kann.</translation>
    </message>
    <message>
        <source>Then you look at the camera, and turn your head a little when asked.</source>
        <translation>Dann schauen Sie in die Kamera und drehen den Kopf ein wenig, wenn Sie darum gebeten werden.</translation>
    </message>
    <message>
        <source>At the end you see the pictures. Nothing is stored before you save.</source>
        <translation>Am Ende sehen Sie die Bilder. Nichts wird gespeichert, bevor Sie auf „Speichern“ klicken.</translation>
    </message>
    <message>
        <source>&amp;Name of this look (optional):</source>
        <translation>&amp;Name dieses Aussehens (freiwillig):</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>Use &amp;pictures instead…</source>
        <translation>Stattdessen &amp;Bilder verwenden …</translation>
    </message>
    <message>
        <source>Enrol a &amp;new look instead</source>
        <translation>Stattdessen ein &amp;neues Aussehen erfassen</translation>
    </message>
    <message>
        <source>More pictures for “{label}”</source>
        <translation>Weitere Bilder für „{label}“</translation>
    </message>
</context>
<context>
    <name>Tile</name>
    <message>
        <source>dark</source>
        <translation>dunkel</translation>
    </message>
    <message>
        <source>blurred</source>
        <translation>unscharf</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>behalten</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>verworfen</translation>
    </message>
    <message>
        <source>Picture {number}, {pose}</source>
        <translation>Bild {number}, {pose}</translation>
    </message>
    <message>
        <source>Click to drop it</source>
        <translation>Klicken, um es zu verwerfen</translation>
    </message>
    <message>
        <source>Click to keep it</source>
        <translation>Klicken, um es zu behalten</translation>
    </message>
</context>
<context>
    <name>Traits</name>
    <message>
        <source>Blurred</source>
        <translation>Unscharf</translation>
    </message>
    <message>
        <source>Soft</source>
        <translation>Weich</translation>
    </message>
    <message>
        <source>Sharp</source>
        <translation>Scharf</translation>
    </message>
    <message>
        <source>Too dark</source>
        <translation>Zu dunkel</translation>
    </message>
    <message>
        <source>Dim</source>
        <translation>Schwach</translation>
    </message>
    <message>
        <source>Very bright</source>
        <translation>Sehr hell</translation>
    </message>
    <message>
        <source>Well lit</source>
        <translation>Gut beleuchtet</translation>
    </message>
    <message>
        <source>{angle}° left</source>
        <translation>{angle}° links</translation>
    </message>
    <message>
        <source>{angle}° right</source>
        <translation>{angle}° rechts</translation>
    </message>
    <message>
        <source>{angle}° up</source>
        <translation>{angle}° hoch</translation>
    </message>
    <message>
        <source>{angle}° down</source>
        <translation>{angle}° tief</translation>
    </message>
    <message>
        <source>{angle}° tilted</source>
        <translation>{angle}° geneigt</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between figures</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Straight</source>
        <translation>Gerade</translation>
    </message>
    <message>
        <source>Turned left</source>
        <translation>Nach links gedreht</translation>
    </message>
    <message>
        <source>Turned right</source>
        <translation>Nach rechts gedreht</translation>
    </message>
    <message>
        <source>Raised</source>
        <translation>Angehoben</translation>
    </message>
    <message>
        <source>Lowered</source>
        <translation>Gesenkt</translation>
    </message>
    <message>
        <source>Looks alive</source>
        <translation>Wirkt lebendig</translation>
    </message>
    <message>
        <source>Looks like a picture</source>
        <translation>Sieht aus wie ein Bild</translation>
    </message>
    <message>
        <source>Life</source>
        <translation>Leben</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Person</translation>
    </message>
    <message>
        <source>{number} of 100</source>
        <comment>a quality</comment>
        <translation>{number} von 100</translation>
    </message>
    <message>
        <source>Nobody who is enrolled</source>
        <translation>Niemand, der erfasst ist</translation>
    </message>
    <message>
        <source>{percent} likely</source>
        <translation>zu {percent} wahrscheinlich</translation>
    </message>
    <message>
        <source>Guessed age</source>
        <translation>Geschätztes Alter</translation>
    </message>
    <message>
        <source>Guessed gender</source>
        <translation>Geschätztes Geschlecht</translation>
    </message>
    <message>
        <source>Guess: a mask</source>
        <translation>Vermutung: Maske</translation>
    </message>
    <message>
        <source>Guess: {what}</source>
        <translation>Vermutung: {what}</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>Female</source>
        <translation>Weiblich</translation>
    </message>
    <message>
        <source>Male</source>
        <translation>Männlich</translation>
    </message>
    <message>
        <source>A child</source>
        <translation>Ein Kind</translation>
    </message>
    <message>
        <source>Young</source>
        <translation>Jung</translation>
    </message>
    <message>
        <source>Middle-aged</source>
        <translation>Mittleren Alters</translation>
    </message>
    <message>
        <source>Old</source>
        <translation>Alt</translation>
    </message>
    <message>
        <source>Worn</source>
        <translation>Getragen</translation>
    </message>
    <message>
        <source>Not worn</source>
        <translation>Nicht getragen</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>Schärfe</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>Helligkeit</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>Kontrast</translation>
    </message>
    <message>
        <source>Range of tones</source>
        <translation>Umfang der Tonwerte</translation>
    </message>
    <message>
        <source>No part too dark</source>
        <translation>Nichts zu dunkel</translation>
    </message>
    <message>
        <source>No part too bright</source>
        <translation>Nichts zu hell</translation>
    </message>
    <message>
        <source>Light on both sides alike</source>
        <translation>Licht auf beiden Seiten gleich</translation>
    </message>
    <message>
        <source>Natural colour</source>
        <translation>Natürliche Farbe</translation>
    </message>
    <message>
        <source>No other face beside it</source>
        <translation>Kein anderes Gesicht daneben</translation>
    </message>
    <message>
        <source>Distance between the eyes</source>
        <translation>Augenabstand</translation>
    </message>
    <message>
        <source>Size of the head, as on a passport</source>
        <translation>Größe des Kopfes, wie im Pass</translation>
    </message>
    <message>
        <source>Room to the left</source>
        <translation>Platz links</translation>
    </message>
    <message>
        <source>Room to the right</source>
        <translation>Platz rechts</translation>
    </message>
    <message>
        <source>Room below</source>
        <translation>Platz darunter</translation>
    </message>
    <message>
        <source>Room above</source>
        <translation>Platz darüber</translation>
    </message>
    <message>
        <source>Not turned to a side</source>
        <translation>Nicht zur Seite gedreht</translation>
    </message>
    <message>
        <source>Not raised or lowered</source>
        <translation>Nicht gehoben oder gesenkt</translation>
    </message>
    <message>
        <source>Not tilted</source>
        <translation>Nicht geneigt</translation>
    </message>
    <message>
        <source>{number} %</source>
        <comment>a percentage</comment>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>{word} ({figure})</source>
        <translation>{word} ({figure})</translation>
    </message>
</context>
<context>
    <name>Trial</name>
    <message>
        <source>Waiting for the picture</source>
        <translation>Warten auf das Bild</translation>
    </message>
    <message>
        <source>Decoding the picture</source>
        <translation>Dekodieren des Bildes</translation>
    </message>
    <message>
        <source>Finding the face</source>
        <translation>Finden des Gesichts</translation>
    </message>
    <message>
        <source>Checking that the eyes are open</source>
        <translation>Prüfen, ob die Augen offen sind</translation>
    </message>
    <message>
        <source>Describing the face</source>
        <translation>Beschreiben des Gesichts</translation>
    </message>
    <message>
        <source>Telling life from a picture</source>
        <translation>Unterscheiden von Leben und Bild</translation>
    </message>
</context>
<context>
    <name>TrialPage</name>
    <message>
        <source>Try it</source>
        <translation>Ausprobieren</translation>
    </message>
    <message>
        <source>See whether this computer knows you. Nothing is unlocked by it.</source>
        <translation>Sehen Sie, ob dieser Rechner Sie kennt. Dabei wird nichts entsperrt.</translation>
    </message>
    <message>
        <source>&amp;Look now</source>
        <translation>Jetzt &amp;hinschauen</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>The camera is starting…</source>
        <translation>Die Kamera startet …</translation>
    </message>
    <message>
        <source>Show &amp;figures (asks for an administrator&apos;s password)</source>
        <translation>&amp;Zahlen zeigen (fragt nach dem Passwort eines Systemverwalters)</translation>
    </message>
    <message>
        <source>Look at the camera.</source>
        <translation>Schauen Sie in die Kamera.</translation>
    </message>
    <message>
        <source>Please type an administrator&apos;s password.</source>
        <translation>Bitte geben Sie das Passwort eines Systemverwalters ein.</translation>
    </message>
    <message>
        <source>The camera is off.</source>
        <translation>Die Kamera ist aus.</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Sit as you usually do, and choose “Look now”.</source>
        <translation>Sitzen Sie wie sonst auch, und wählen Sie „Jetzt hinschauen“.</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Es wird geschaut …</translation>
    </message>
    <message>
        <source>The look was interrupted, because the face service is gone.</source>
        <translation>Das Hinschauen wurde unterbrochen, weil der Gesichtsdienst nicht mehr da ist.</translation>
    </message>
    <message>
        <source>Look again when the service is back.</source>
        <translation>Schauen Sie erneut hin, wenn der Dienst wieder da ist.</translation>
    </message>
    <message>
        <source>Figures are for administrators only, and the password was not given.</source>
        <translation>Zahlen sind nur für Systemverwalter, und das Passwort wurde nicht eingegeben.</translation>
    </message>
    <message>
        <source>Look again without figures, or ask for them again.</source>
        <translation>Schauen Sie ohne Zahlen erneut hin, oder verlangen Sie sie noch einmal.</translation>
    </message>
</context>
<context>
    <name>UsagePage</name>
    <message>
        <source>Where it is used</source>
        <translation>Verwendung</translation>
    </message>
    <message>
        <source>A password works everywhere and always. Here you choose where the face may take its place. Changes need an administrator&apos;s password and hold at once.</source>
        <translation>Ein Passwort gilt überall und immer. Hier wählen Sie, wo das Gesicht an seine Stelle treten darf. Änderungen brauchen das Passwort eines Systemverwalters und gelten sofort.</translation>
    </message>
    <message>
        <source>These rules are read from: {files}</source>
        <translation>Diese Regeln werden gelesen aus: {files}</translation>
    </message>
    <message>
        <source>No rule has been changed yet.</source>
        <translation>Noch keine Regel wurde geändert.</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Face login</source>
        <translation>Gesichtsanmeldung</translation>
    </message>
    <message>
        <source>Nothing has been stored yet. You can also go back and save them.</source>
        <translation>Noch ist nichts gespeichert. Sie können auch zurückgehen und sie speichern.</translation>
    </message>
    <message>
        <source>&amp;Close without saving</source>
        <translation>Ohne Speichern &amp;schließen</translation>
    </message>
    <message>
        <source>&amp;Go back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>The face service is back.</source>
        <translation>Der Gesichtsdienst ist wieder da.</translation>
    </message>
    <message>
        <source>Try &amp;now</source>
        <translation>&amp;Jetzt versuchen</translation>
    </message>
</context>
<context>
    <name>Wiring</name>
    <message>
        <source>{what} The rule above does not allow it.</source>
        <translation>{what} Die Regel darüber erlaubt es nicht.</translation>
    </message>
    <message>
        <source>It is not on this computer.</source>
        <translation>Es ist nicht auf diesem Rechner.</translation>
    </message>
    <message>
        <source>No face is tried; only the password counts.</source>
        <translation>Das Gesicht wird nicht versucht; nur das Passwort zählt.</translation>
    </message>
    <message>
        <source>The face is tried first, and the password if that fails.</source>
        <translation>Zuerst wird das Gesicht versucht, und wenn das misslingt, das Passwort.</translation>
    </message>
    <message>
        <source>The password is asked first, and the face is tried if that is wrong.</source>
        <translation>Zuerst wird nach dem Passwort gefragt, und wenn es falsch ist, das Gesicht versucht.</translation>
    </message>
    <message>
        <source>The face is tried beside the password, by a service of its own.</source>
        <translation>Das Gesicht wird neben dem Passwort versucht, von einem eigenen Dienst.</translation>
    </message>
    <message>
        <source>The face is tried but opens nothing: the password is asked in any case.</source>
        <translation>Das Gesicht wird versucht, öffnet aber nichts: Nach dem Passwort wird in jedem Fall gefragt.</translation>
    </message>
    <message>
        <source>A line for the face is there, but it is never reached.</source>
        <translation>Es gibt eine Zeile für das Gesicht, aber sie wird nie erreicht.</translation>
    </message>
    <message>
        <source>Danger: where the face fails, the password does not help either.</source>
        <translation>Gefahr: Wo das Gesicht scheitert, hilft auch das Passwort nicht.</translation>
    </message>
    <message>
        <source>Danger: this opens to anybody, whatever the face or the password.</source>
        <translation>Gefahr: Das öffnet sich jedem, gleich welches Gesicht oder Passwort.</translation>
    </message>
    <message>
        <source>What happens cannot be told from its files.</source>
        <translation>Was geschieht, lässt sich aus seinen Dateien nicht sagen.</translation>
    </message>
    <message>
        <source>See line {line} of {file}.</source>
        <translation>Siehe Zeile {line} von {file}.</translation>
    </message>
    <message>
        <source>{one} {other}</source>
        <comment>two sentences</comment>
        <translation>{one} {other}</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>The face service gave an answer that this window does not understand.</source>
        <translation>Der Gesichtsdienst gab eine Antwort, die dieses Fenster nicht versteht.</translation>
    </message>
    <message>
        <source>Bring all of Facelatch to the same version, and restart the service.</source>
        <translation>Bringen Sie alle Teile von Facelatch auf dieselbe Version und starten Sie den Dienst neu.</translation>
    </message>
    <message>
        <source>Something went wrong in this window.</source>
        <translation>In diesem Fenster ging etwas schief.</translation>
    </message>
    <message>
        <source>Try it again. If it stays so, please report it with the words below.</source>
        <translation>Versuchen Sie es erneut. Bleibt es dabei, melden Sie es bitte mit den Worten unten.</translation>
    </message>
    <message>
        <source>The face service is not running.</source>
        <translation>Der Gesichtsdienst läuft nicht.</translation>
    </message>
    <message>
        <source>This window tries again by itself, and your password works as always. If it stays so, an administrator can start the service with: systemctl start facelatchd</source>
        <translation>Dieses Fenster versucht es von selbst erneut, und Ihr Passwort gilt wie immer. Bleibt es dabei, kann ein Systemverwalter den Dienst starten mit: systemctl start facelatchd</translation>
    </message>
    <message>
        <source>Recognised</source>
        <translation>Erkannt</translation>
    </message>
    <message>
        <source>Not recognised</source>
        <translation>Nicht erkannt</translation>
    </message>
    <message>
        <source>No decision</source>
        <translation>Keine Entscheidung</translation>
    </message>
    <message>
        <source>It looked like a picture of a face.</source>
        <translation>Es sah aus wie das Bild eines Gesichts.</translation>
    </message>
    <message>
        <source>Face the camera in even light, with no bright window or screen behind you.</source>
        <translation>Schauen Sie bei gleichmäßigem Licht in die Kamera, ohne helles Fenster oder Bildschirm hinter Ihnen.</translation>
    </message>
    <message>
        <source>No face was seen.</source>
        <translation>Es war kein Gesicht zu sehen.</translation>
    </message>
    <message>
        <source>Sit in front of the camera, and check that nothing covers it.</source>
        <translation>Setzen Sie sich vor die Kamera, und prüfen Sie, dass nichts sie verdeckt.</translation>
    </message>
    <message>
        <source>More than one face was seen.</source>
        <translation>Es war mehr als ein Gesicht zu sehen.</translation>
    </message>
    <message>
        <source>Try it again with nobody else in the picture.</source>
        <translation>Versuchen Sie es erneut, ohne dass sonst jemand im Bild ist.</translation>
    </message>
    <message>
        <source>It was too dark.</source>
        <translation>Es war zu dunkel.</translation>
    </message>
    <message>
        <source>Switch on a light in front of you rather than behind.</source>
        <translation>Machen Sie ein Licht an, eher vor als hinter Ihnen.</translation>
    </message>
    <message>
        <source>Your face was never clear enough.</source>
        <translation>Ihr Gesicht war nie deutlich genug.</translation>
    </message>
    <message>
        <source>Come closer, hold still and look at the camera.</source>
        <translation>Kommen Sie näher, halten Sie still und schauen Sie in die Kamera.</translation>
    </message>
    <message>
        <source>The time ran out.</source>
        <translation>Die Zeit lief ab.</translation>
    </message>
    <message>
        <source>A try unlocks nothing.</source>
        <translation>Beim Ausprobieren wird nichts entsperrt.</translation>
    </message>
    <message>
        <source>Try it again and look at the camera.</source>
        <translation>Versuchen Sie es erneut und schauen Sie in die Kamera.</translation>
    </message>
    <message>
        <source>It was cancelled.</source>
        <translation>Es wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Start it again when you are ready.</source>
        <translation>Beginnen Sie erneut, wenn Sie bereit sind.</translation>
    </message>
    <message>
        <source>The camera was needed for a login.</source>
        <translation>Die Kamera wurde für eine Anmeldung gebraucht.</translation>
    </message>
    <message>
        <source>Nothing is lost. Try it again in a moment.</source>
        <translation>Nichts ist verloren. Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>This account is not known here.</source>
        <translation>Dieses Konto ist hier nicht bekannt.</translation>
    </message>
    <message>
        <source>Log in with an account of this computer.</source>
        <translation>Melden Sie sich mit einem Konto dieses Rechners an.</translation>
    </message>
    <message>
        <source>Enrol your face first.</source>
        <translation>Erfassen Sie zuerst Ihr Gesicht.</translation>
    </message>
    <message>
        <source>The settings do not allow the face here.</source>
        <translation>Die Einstellungen erlauben das Gesicht hier nicht.</translation>
    </message>
    <message>
        <source>An administrator can change where the face is used.</source>
        <translation>Ein Systemverwalter kann ändern, wo das Gesicht verwendet wird.</translation>
    </message>
    <message>
        <source>You are not sitting at this computer.</source>
        <translation>Sie sitzen nicht an diesem Rechner.</translation>
    </message>
    <message>
        <source>Over the network only the password is taken.</source>
        <translation>Über das Netz wird nur das Passwort angenommen.</translation>
    </message>
    <message>
        <source>Too many faces were refused in a row, so the face is locked for a while.</source>
        <translation>Zu viele Gesichter wurden nacheinander abgewiesen, daher ist das Gesicht eine Weile gesperrt.</translation>
    </message>
    <message>
        <source>Log in or unlock with your password once, or wait.</source>
        <translation>Melden Sie sich einmal mit dem Passwort an oder entsperren Sie damit, oder warten Sie.</translation>
    </message>
    <message>
        <source>The face matches one of yours.</source>
        <translation>Das Gesicht stimmt mit einem von Ihren überein.</translation>
    </message>
    <message>
        <source>The face matches none of yours.</source>
        <translation>Das Gesicht stimmt mit keinem von Ihren überein.</translation>
    </message>
    <message>
        <source>If it was you, add pictures in this light, or with these glasses: “Improve” does that.</source>
        <translation>Wenn Sie es waren, fügen Sie mit „Verbessern“ Bilder bei diesem Licht oder mit dieser Brille hinzu.</translation>
    </message>
    <message>
        <source>No face is enrolled yet.</source>
        <translation>Es ist noch kein Gesicht erfasst.</translation>
    </message>
    <message>
        <source>This was not allowed.</source>
        <translation>Das wurde nicht erlaubt.</translation>
    </message>
    <message>
        <source>Try again, and type your password when you are asked for it. If you are never asked, sit down at the computer itself, or ask its administrator.</source>
        <translation>Versuchen Sie es erneut und geben Sie Ihr Passwort ein, wenn Sie danach gefragt werden. Werden Sie nie gefragt, setzen Sie sich an den Rechner selbst oder wenden Sie sich an seinen Systemverwalter.</translation>
    </message>
    <message>
        <source>Nobody agreed to it.</source>
        <translation>Niemand hat zugestimmt.</translation>
    </message>
    <message>
        <source>Agree when you are asked, or type the password.</source>
        <translation>Stimmen Sie zu, wenn Sie gefragt werden, oder geben Sie das Passwort ein.</translation>
    </message>
    <message>
        <source>There is nothing yet to recognise faces with.</source>
        <translation>Es gibt noch nichts, womit sich Gesichter erkennen ließen.</translation>
    </message>
    <message>
        <source>Install a recognition pack.</source>
        <translation>Installieren Sie ein Erkennungspaket.</translation>
    </message>
    <message>
        <source>The recognition pack is damaged.</source>
        <translation>Das Erkennungspaket ist beschädigt.</translation>
    </message>
    <message>
        <source>Install it again.</source>
        <translation>Installieren Sie es erneut.</translation>
    </message>
    <message>
        <source>The recognition pack cannot tell a face from a picture of one.</source>
        <translation>Das Erkennungspaket kann ein Gesicht nicht vom Bild eines Gesichts unterscheiden.</translation>
    </message>
    <message>
        <source>Install a pack that can, or change where the face is used.</source>
        <translation>Installieren Sie ein Paket, das es kann, oder ändern Sie, wo das Gesicht verwendet wird.</translation>
    </message>
    <message>
        <source>There is no camera.</source>
        <translation>Es gibt keine Kamera.</translation>
    </message>
    <message>
        <source>The camera is covered.</source>
        <translation>Die Kamera ist verdeckt.</translation>
    </message>
    <message>
        <source>Open its shutter, or take the sticker off.</source>
        <translation>Öffnen Sie ihre Abdeckung, oder ziehen Sie den Aufkleber ab.</translation>
    </message>
    <message>
        <source>Your eyes were closed.</source>
        <translation>Ihre Augen waren geschlossen.</translation>
    </message>
    <message>
        <source>Look at the camera with open eyes.</source>
        <translation>Schauen Sie mit offenen Augen in die Kamera.</translation>
    </message>
    <message>
        <source>Your session is not the one on this computer&apos;s screen.</source>
        <translation>Ihre Sitzung ist nicht die auf dem Bildschirm dieses Rechners.</translation>
    </message>
    <message>
        <source>Switch to it at the computer itself, or type the password.</source>
        <translation>Wechseln Sie am Rechner selbst zu ihr, oder geben Sie das Passwort ein.</translation>
    </message>
    <message>
        <source>The lid is closed, and the camera with it.</source>
        <translation>Der Deckel ist zu und die Kamera mit ihm.</translation>
    </message>
    <message>
        <source>Open the lid, or use a camera that is not built in.</source>
        <translation>Öffnen Sie den Deckel, oder verwenden Sie eine Kamera, die nicht eingebaut ist.</translation>
    </message>
    <message>
        <source>The password was wanted first.</source>
        <translation>Zuerst wurde das Passwort verlangt.</translation>
    </message>
    <message>
        <source>It is wanted from time to time, so that you do not forget it, and after a start.</source>
        <translation>Es wird von Zeit zu Zeit verlangt, damit Sie es nicht vergessen, und nach einem Neustart.</translation>
    </message>
    <message>
        <source>Connect a camera, or open its shutter or switch, and try it again.</source>
        <translation>Schließen Sie eine Kamera an, öffnen Sie ihre Abdeckung oder schalten Sie sie ein, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Your face was enrolled with another camera, or a program feeds this one.</source>
        <translation>Ihr Gesicht wurde mit einer anderen Kamera erfasst, oder ein Programm speist diese.</translation>
    </message>
    <message>
        <source>Use the camera you enrolled with, or enrol your face with this one, too.</source>
        <translation>Verwenden Sie die Kamera, mit der Sie erfasst wurden, oder erfassen Sie Ihr Gesicht auch mit dieser.</translation>
    </message>
    <message>
        <source>Another program is using the camera.</source>
        <translation>Ein anderes Programm verwendet die Kamera.</translation>
    </message>
    <message>
        <source>End the video call, or close that program, and try it again.</source>
        <translation>Beenden Sie das Videogespräch oder schließen Sie das Programm, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The camera stopped sending pictures.</source>
        <translation>Die Kamera sendet keine Bilder mehr.</translation>
    </message>
    <message>
        <source>Check that it is still connected, and try it again.</source>
        <translation>Prüfen Sie, ob sie noch angeschlossen ist, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The part that looks through the camera failed.</source>
        <translation>Der Teil, der durch die Kamera schaut, ist ausgefallen.</translation>
    </message>
    <message>
        <source>It starts again by itself: try it again in a moment.</source>
        <translation>Er startet von selbst neu: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>Nothing shows that the recognition pack tells people apart as surely as is wanted.</source>
        <translation>Nichts belegt, dass das Erkennungspaket Menschen so sicher unterscheidet, wie es verlangt ist.</translation>
    </message>
    <message>
        <source>Install a pack that does, or choose another level.</source>
        <translation>Installieren Sie ein Paket, das es tut, oder wählen Sie eine andere Stufe.</translation>
    </message>
    <message>
        <source>The stored faces cannot be read or written.</source>
        <translation>Die gespeicherten Gesichter lassen sich weder lesen noch schreiben.</translation>
    </message>
    <message>
        <source>Nothing was changed. The health page says what is wrong.</source>
        <translation>Nichts wurde geändert. Die Seite „Zustand“ sagt, was nicht stimmt.</translation>
    </message>
    <message>
        <source>An older copy of the stored faces was put in the place of the newest.</source>
        <translation>Eine ältere Kopie der gespeicherten Gesichter wurde an die Stelle der neuesten gesetzt.</translation>
    </message>
    <message>
        <source>Your password works as always. If this was done on purpose, an administrator accepts it with: facelatch-key accept</source>
        <translation>Ihr Passwort gilt wie immer. War das Absicht, bestätigt es ein Systemverwalter mit: facelatch-key accept</translation>
    </message>
    <message>
        <source>The face service refused this, and nothing was changed.</source>
        <translation>Der Gesichtsdienst hat dies abgelehnt, und nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Something went wrong in the face service.</source>
        <translation>Im Gesichtsdienst ging etwas schief.</translation>
    </message>
    <message>
        <source>Try it again. If it stays so, the health page says more.</source>
        <translation>Versuchen Sie es erneut. Bleibt es dabei, sagt die Seite „Zustand“ mehr.</translation>
    </message>
    <message>
        <source>The camera is in use by something else in Facelatch.</source>
        <translation>Die Kamera wird gerade an anderer Stelle in Facelatch verwendet.</translation>
    </message>
    <message>
        <source>Save or cancel an enrolment that is open, here or in another window, and try it again.</source>
        <translation>Speichern Sie ein offenes Erfassen, hier oder in einem anderen Fenster, oder brechen Sie es ab, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The camera is not connected any more.</source>
        <translation>Die Kamera ist nicht mehr angeschlossen.</translation>
    </message>
    <message>
        <source>Connect it again, or choose another one.</source>
        <translation>Schließen Sie sie wieder an, oder wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>This face is not stored any more.</source>
        <translation>Dieses Gesicht ist nicht mehr gespeichert.</translation>
    </message>
    <message>
        <source>It was deleted elsewhere; nothing needs doing.</source>
        <translation>Es wurde anderswo gelöscht; es ist nichts zu tun.</translation>
    </message>
    <message>
        <source>It was ended before it was done.</source>
        <translation>Es wurde beendet, bevor es fertig war.</translation>
    </message>
    <message>
        <source>Nothing is lost. Try it again.</source>
        <translation>Nichts ist verloren. Versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Uncover the camera, please.</source>
        <translation>Bitte decken Sie die Kamera auf.</translation>
    </message>
    <message>
        <source>More light, please.</source>
        <translation>Mehr Licht, bitte.</translation>
    </message>
    <message>
        <source>No face to be seen.</source>
        <translation>Kein Gesicht zu sehen.</translation>
    </message>
    <message>
        <source>Only one face, please.</source>
        <translation>Bitte nur ein Gesicht.</translation>
    </message>
    <message>
        <source>Come closer.</source>
        <translation>Kommen Sie näher.</translation>
    </message>
    <message>
        <source>Hold still.</source>
        <translation>Halten Sie still.</translation>
    </message>
    <message>
        <source>Look at the camera.</source>
        <translation>Schauen Sie in die Kamera.</translation>
    </message>
    <message>
        <source>Open your eyes, please.</source>
        <translation>Bitte öffnen Sie die Augen.</translation>
    </message>
    <message>
        <source>Now turn your head to the left, and back.</source>
        <translation>Drehen Sie jetzt den Kopf nach links und zurück.</translation>
    </message>
    <message>
        <source>Now turn your head to the right, and back.</source>
        <translation>Drehen Sie jetzt den Kopf nach rechts und zurück.</translation>
    </message>
    <message>
        <source>Now nod.</source>
        <translation>Nicken Sie jetzt.</translation>
    </message>
    <message>
        <source>Now close your eyes for a moment.</source>
        <translation>Schließen Sie jetzt kurz die Augen.</translation>
    </message>
    <message>
        <source>Look straight at the camera.</source>
        <translation>Schauen Sie gerade in die Kamera.</translation>
    </message>
    <message>
        <source>Turn your head a little to the left.</source>
        <translation>Drehen Sie den Kopf ein wenig nach links.</translation>
    </message>
    <message>
        <source>Turn your head a little to the right.</source>
        <translation>Drehen Sie den Kopf ein wenig nach rechts.</translation>
    </message>
    <message>
        <source>Raise your chin a little.</source>
        <translation>Heben Sie das Kinn ein wenig.</translation>
    </message>
    <message>
        <source>Lower your chin a little.</source>
        <translation>Senken Sie das Kinn ein wenig.</translation>
    </message>
    <message>
        <source>Less light, please.</source>
        <translation>Bitte weniger Licht.</translation>
    </message>
    <message>
        <source>Not so far to the side.</source>
        <translation>Nicht so weit zur Seite.</translation>
    </message>
    <message>
        <source>Take off a mask or scarf, and let light fall on your face.</source>
        <translation>Nehmen Sie Maske oder Schal ab, und lassen Sie Licht auf Ihr Gesicht fallen.</translation>
    </message>
    <message>
        <source>This is not the same face as before.</source>
        <translation>Das ist nicht dasselbe Gesicht wie vorher.</translation>
    </message>
    <message>
        <source>It is not clear who is meant.</source>
        <translation>Es ist nicht klar, wer gemeint ist.</translation>
    </message>
    <message>
        <source>This shows nothing new.</source>
        <translation>Das zeigt nichts Neues.</translation>
    </message>
    <message>
        <source>There are enough pictures already.</source>
        <translation>Es gibt schon genug Bilder.</translation>
    </message>
    <message>
        <source>This picture cannot be read.</source>
        <translation>Dieses Bild kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>That is all. Thank you.</source>
        <translation>Das ist alles. Vielen Dank.</translation>
    </message>
    <message>
        <source>The face is too dark</source>
        <translation>Das Gesicht ist zu dunkel</translation>
    </message>
    <message>
        <source>The face is too bright</source>
        <translation>Das Gesicht ist zu hell</translation>
    </message>
    <message>
        <source>No face to be seen</source>
        <translation>Kein Gesicht zu sehen</translation>
    </message>
    <message>
        <source>Several faces</source>
        <translation>Mehrere Gesichter</translation>
    </message>
    <message>
        <source>The face is too small</source>
        <translation>Das Gesicht ist zu klein</translation>
    </message>
    <message>
        <source>The face is blurred</source>
        <translation>Das Gesicht ist unscharf</translation>
    </message>
    <message>
        <source>The face is turned too far</source>
        <translation>Das Gesicht ist zu weit abgewandt</translation>
    </message>
    <message>
        <source>The eyes are closed</source>
        <translation>Die Augen sind geschlossen</translation>
    </message>
    <message>
        <source>Another person</source>
        <translation>Eine andere Person</translation>
    </message>
    <message>
        <source>One of several people</source>
        <translation>Eine von mehreren Personen</translation>
    </message>
    <message>
        <source>Too much like another picture</source>
        <translation>Einem anderen Bild zu ähnlich</translation>
    </message>
    <message>
        <source>Adds little to the others</source>
        <translation>Bringt kaum Neues</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>Nicht lesbar</translation>
    </message>
    <message>
        <source>Nothing to be seen clearly</source>
        <translation>Nichts deutlich zu sehen</translation>
    </message>
    <message>
        <source>straight</source>
        <translation>geradeaus</translation>
    </message>
    <message>
        <source>left</source>
        <translation>links</translation>
    </message>
    <message>
        <source>right</source>
        <translation>rechts</translation>
    </message>
    <message>
        <source>up</source>
        <translation>oben</translation>
    </message>
    <message>
        <source>down</source>
        <translation>unten</translation>
    </message>
    <message>
        <source>Not similar</source>
        <translation>Nicht ähnlich</translation>
    </message>
    <message>
        <source>Similar, but not enough</source>
        <translation>Ähnlich, aber nicht genug</translation>
    </message>
    <message>
        <source>A match</source>
        <translation>Übereinstimmung</translation>
    </message>
    <message>
        <source>Poor quality</source>
        <translation>Schwache Qualität</translation>
    </message>
    <message>
        <source>Fair quality</source>
        <translation>Mittlere Qualität</translation>
    </message>
    <message>
        <source>Good quality</source>
        <translation>Gute Qualität</translation>
    </message>
    <message>
        <source>Convenient</source>
        <translation>Bequem</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Strict</source>
        <translation>Streng</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Look for signs of life</source>
        <translation>Auf Lebenszeichen achten</translation>
    </message>
    <message>
        <source>Ask for a gesture, too</source>
        <translation>Auch um eine Geste bitten</translation>
    </message>
    <message>
        <source>You are not asked</source>
        <translation>Sie werden nicht gefragt</translation>
    </message>
    <message>
        <source>With a key</source>
        <translation>Mit einer Taste</translation>
    </message>
    <message>
        <source>With a nod</source>
        <translation>Mit einem Nicken</translation>
    </message>
    <message>
        <source>Unlocking the screen</source>
        <translation>Entsperren des Bildschirms</translation>
    </message>
    <message>
        <source>Logging in</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>Administrator&apos;s rights</source>
        <translation>Rechte des Systemverwalters</translation>
    </message>
    <message>
        <source>Other programs</source>
        <translation>Andere Programme</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>Gesichter</translation>
    </message>
    <message>
        <source>Enrol</source>
        <translation>Erfassen</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>Ausprobieren</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Betrachten</translation>
    </message>
    <message>
        <source>Where it is used</source>
        <translation>Verwendung</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Recognition pack</source>
        <translation>Erkennungspaket</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Open “{page}”</source>
        <translation>„{page}“ öffnen</translation>
    </message>
    <message>
        <source>Your face is locked for {seconds} s more, because faces were refused.</source>
        <translation>Ihr Gesicht ist noch {seconds} s gesperrt, weil Gesichter abgewiesen wurden.</translation>
    </message>
    <message>
        <source>Type it at the next login, or where administrator&apos;s rights are asked for. Your face opens from then on.</source>
        <translation>Geben Sie es bei der nächsten Anmeldung ein, oder wo nach den Rechten des Systemverwalters gefragt wird. Danach öffnet Ihr Gesicht.</translation>
    </message>
    <message>
        <source>Something keeps your face from opening, everywhere or in part.</source>
        <translation>Etwas hindert Ihr Gesicht daran zu öffnen, überall oder zum Teil.</translation>
    </message>
    <message>
        <source>The gesture that was asked for was not seen.</source>
        <translation>Die Geste, um die gebeten wurde, war nicht zu sehen.</translation>
    </message>
    <message>
        <source>Make it at once, large and no other one, with your whole face in the picture.</source>
        <translation>Machen Sie sie sofort, deutlich und keine andere, mit dem ganzen Gesicht im Bild.</translation>
    </message>
    <message>
        <source>The health page says what it is, and what to do.</source>
        <translation>Unter „Zustand“ steht, was es ist und was zu tun ist.</translation>
    </message>
    <message>
        <source>A login by face opens now.</source>
        <translation>Eine Anmeldung mit dem Gesicht öffnet jetzt.</translation>
    </message>
    <message>
        <source>The password comes first: the face service knows of none that was typed yet.</source>
        <translation>Zuerst kommt das Passwort: Der Gesichtsdienst weiß noch von keinem, das eingegeben wurde.</translation>
    </message>
    <message>
        <source>The password comes first, because the computer was started since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil der Rechner gestartet wurde, seit Sie es zuletzt eingegeben haben.</translation>
    </message>
    <message>
        <source>The password comes first, because it is long since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil Sie es lange nicht eingegeben haben.</translation>
    </message>
    <message>
        <source>The password comes first, because too many faces were refused since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil zu viele Gesichter abgewiesen wurden, seit Sie es zuletzt eingegeben haben.</translation>
    </message>
    <message>
        <source>The password comes first, because a face was added or improved since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil ein Gesicht hinzugefügt oder verbessert wurde, seit Sie es zuletzt eingegeben haben.</translation>
    </message>
    <message>
        <source>The password comes first, because the computer slept for long since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil der Rechner lange geschlafen hat, seit Sie es zuletzt eingegeben haben.</translation>
    </message>
    <message>
        <source>The password comes first, because the clock was set back since you last typed it.</source>
        <translation>Zuerst kommt das Passwort, weil die Uhr zurückgestellt wurde, seit Sie es zuletzt eingegeben haben.</translation>
    </message>
</context>
</TS>
